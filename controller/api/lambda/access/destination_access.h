// DestinationAccess is what may hear how events of a function end: whom the function's execution role may tell.
//
// Errors:  PermissionDenied when the role may not run the function; InvalidParameterValueException in AWS's words from
//          the check.
// Threads: any thread; memory only.
// Source:  Lambda Developer Guide, "Adding a destination"; identity.md 3.2.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "controller/auth/execution_roles.h"
#include "controller/auth/function_policies.h"
#include "controller/invoke/invoker.h"
#include "proto/records.pb.h"

namespace hearth::controller {

// Whether `function` may run `target`, as its role: by the role's policies or the target's.
using MayInvoke = std::function<absl::Status(const records::FunctionVersion& function, const InvokeTarget& target)>;

// Asks `roles` and `policies`, which outlive what is returned.
MayInvoke MayInvokeWith(const ExecutionRoles& roles, const FunctionPolicies& policies, std::string region);

// The answer of MayInvoke in the words of the API; `arn` is the destination.
absl::Status DestinationRefusal(const absl::Status& may, const std::string& arn);

}  // namespace hearth::controller
