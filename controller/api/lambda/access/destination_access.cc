#include "controller/api/lambda/access/destination_access.h"

#include <fmt/format.h>

#include <utility>

#include "controller/api/aws_error.h"
#include "controller/api/lambda/function_name.h"

namespace hearth::controller {

MayInvoke MayInvokeWith(const ExecutionRoles& roles, const FunctionPolicies& policies, std::string region) {
  return [&roles, &policies, region = std::move(region)](const records::FunctionVersion& function,
                                                         const InvokeTarget& target) {
    const FunctionTarget named{target.function_name, target.qualifier, target.account};
    return roles.MayDo(function.role(), function.name(),
                       {.action = "lambda:InvokeFunction",
                        .resource = named.Arn({region, target.account}),
                        .resource_account = target.account,
                        .resource_policy = policies.Find(target.account, target.function_name, target.qualifier)});
  };
}

absl::Status DestinationRefusal(const absl::Status& may, const std::string& arn) {
  if (!absl::IsPermissionDenied(may)) return may;
  return AwsError(
      "InvalidParameterValueException",
      fmt::format("The function's execution role does not have permissions to call InvokeFunction on {}", arn));
}

}  // namespace hearth::controller
