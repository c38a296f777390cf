// The check of a function's execution role, in the words of Lambda's API.
//
// Errors:  InvalidParameterValueException when Lambda cannot assume the role, AccessDeniedException when the caller may
//          not pass it.
// Threads: no state.
// Source:  errors.tsv.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "controller/auth/execution_roles.h"
#include "controller/auth/identity.h"

namespace hearth::controller {

using RoleCheck =
    std::function<absl::Status(const Identity& caller, const std::string& role_arn, const std::string& function_arn)>;

// Asks `roles`, which outlives the check.
RoleCheck CheckRolesWith(const ExecutionRoles& roles);

}  // namespace hearth::controller
