// ExecutionRoles decides which roles functions may run as, and gives their environments the credentials of those roles.
//
// Shapes:  a session is named after its function. It lasts kLifetime; environments are replaced before it ends
//          (PlacerOptions::max_age).
// Errors:  Check: PermissionDenied when the caller may not pass the role; FailedPrecondition when Lambda may not assume
// it, or
//          it does not exist. SessionFor: FailedPrecondition.
// Threads: any thread; memory only.
// Source:  Lambda Developer Guide, "Defining Lambda function permissions with an execution role"; IAM User Guide,
//          "Grant a user permissions to pass a role to an AWS service".
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/auth/authorizer.h"
#include "controller/auth/role_sessions.h"

namespace hearth::controller {

class ExecutionRoles {
 public:
  static constexpr std::chrono::hours kLifetime{12};
  static constexpr char kCannotAssume[] = "The role defined for the function cannot be assumed by Lambda.";

  ExecutionRoles(const RoleSessions& sessions, const Authorizer& authorizer)
      : sessions_(sessions), authorizer_(authorizer) {}

  // Whether `caller` may have the function run as the role.
  absl::Status Check(const Identity& caller, const std::string& role_arn, const std::string& function_arn) const;
  // Whether the function may do this as its role. A role that nobody made, where those are allowed, may.
  absl::Status MayDo(const std::string& role_arn, const std::string& function_name, const AccessRequest& request) const;
  // Credentials for an environment of the function.
  absl::StatusOr<IssuedSession> SessionFor(const std::string& role_arn, const std::string& function_arn,
                                           const std::string& function_name) const;

 private:
  absl::Status CheckTrust(const std::string& role_arn, const std::string& function_arn) const;

  const RoleSessions& sessions_;
  const Authorizer& authorizer_;
};

}  // namespace hearth::controller
