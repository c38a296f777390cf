#include "controller/api/lambda/execution_role.h"

#include "controller/api/aws_error.h"

namespace hearth::controller {

RoleCheck CheckRolesWith(const ExecutionRoles& roles) {
  return [&roles](const Identity& caller, const std::string& role_arn, const std::string& function_arn) {
    const absl::Status checked = roles.Check(caller, role_arn, function_arn);
    if (checked.ok()) return checked;
    const char* const shape =
        absl::IsPermissionDenied(checked) ? "AccessDeniedException" : "InvalidParameterValueException";
    return AwsError(shape, std::string(checked.message()));
  };
}

}  // namespace hearth::controller
