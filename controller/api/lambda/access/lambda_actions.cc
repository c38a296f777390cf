#include "controller/api/lambda/access/lambda_actions.h"

#include <algorithm>
#include <iterator>

namespace hearth::controller {
namespace {

using enum ActionTarget;

// clang-format off
constexpr LambdaAction kActions[] = {
    {"Invoke", "lambda:InvokeFunction", kQualifiedFunction, true},
    {"InvokeAsync", "lambda:InvokeAsync", kQualifiedFunction, true},
    {"InvokeWithResponseStream", "lambda:InvokeFunction", kQualifiedFunction, true},
    {"CreateFunction", "lambda:CreateFunction", kFunctionOfBody},
    {"GetFunction", "lambda:GetFunction", kQualifiedFunction},
    {"GetFunctionConfiguration", "lambda:GetFunctionConfiguration", kQualifiedFunction},
    {"UpdateFunctionCode", "lambda:UpdateFunctionCode", kFunction},
    {"UpdateFunctionConfiguration", "lambda:UpdateFunctionConfiguration", kFunction},
    {"DeleteFunction", "lambda:DeleteFunction", kQualifiedFunction},
    {"ListFunctions", "lambda:ListFunctions", kNothing},
    {"PublishVersion", "lambda:PublishVersion", kFunction},
    {"ListVersionsByFunction", "lambda:ListVersionsByFunction", kFunction},
    {"CreateAlias", "lambda:CreateAlias", kFunction},
    {"GetAlias", "lambda:GetAlias", kFunction},
    {"UpdateAlias", "lambda:UpdateAlias", kFunction},
    {"DeleteAlias", "lambda:DeleteAlias", kFunction},
    {"ListAliases", "lambda:ListAliases", kFunction},
    {"AddPermission", "lambda:AddPermission", kQualifiedFunction},
    {"GetPolicy", "lambda:GetPolicy", kQualifiedFunction},
    {"RemovePermission", "lambda:RemovePermission", kQualifiedFunction},
    {"PublishLayerVersion", "lambda:PublishLayerVersion", kLayer},
    {"GetLayerVersion", "lambda:GetLayerVersion", kLayerVersion},
    {"GetLayerVersionByArn", "lambda:GetLayerVersion", kArnOfQuery},
    {"ListLayers", "lambda:ListLayers", kNothing},
    {"ListLayerVersions", "lambda:ListLayerVersions", kNothing},
    {"DeleteLayerVersion", "lambda:DeleteLayerVersion", kLayerVersion},
    {"AddLayerVersionPermission", "lambda:AddLayerVersionPermission", kLayerVersion},
    {"GetLayerVersionPolicy", "lambda:GetLayerVersionPolicy", kLayerVersion},
    {"RemoveLayerVersionPermission", "lambda:RemoveLayerVersionPermission", kLayerVersion},
    {"PutFunctionConcurrency", "lambda:PutFunctionConcurrency", kFunction},
    {"GetFunctionConcurrency", "lambda:GetFunctionConcurrency", kFunction},
    {"DeleteFunctionConcurrency", "lambda:DeleteFunctionConcurrency", kFunction},
    {"PutProvisionedConcurrencyConfig", "lambda:PutProvisionedConcurrencyConfig", kQualifiedFunction},
    {"GetProvisionedConcurrencyConfig", "lambda:GetProvisionedConcurrencyConfig", kQualifiedFunction},
    {"DeleteProvisionedConcurrencyConfig", "lambda:DeleteProvisionedConcurrencyConfig", kQualifiedFunction},
    {"ListProvisionedConcurrencyConfigs", "lambda:ListProvisionedConcurrencyConfigs", kFunction},
    {"PutFunctionScalingConfig", "lambda:PutFunctionScalingConfig", kQualifiedFunction},
    {"GetFunctionScalingConfig", "lambda:GetFunctionScalingConfig", kQualifiedFunction},
    {"PutFunctionEventInvokeConfig", "lambda:PutFunctionEventInvokeConfig", kQualifiedFunction},
    {"UpdateFunctionEventInvokeConfig", "lambda:UpdateFunctionEventInvokeConfig", kQualifiedFunction},
    {"GetFunctionEventInvokeConfig", "lambda:GetFunctionEventInvokeConfig", kQualifiedFunction},
    {"ListFunctionEventInvokeConfigs", "lambda:ListFunctionEventInvokeConfigs", kFunction},
    {"DeleteFunctionEventInvokeConfig", "lambda:DeleteFunctionEventInvokeConfig", kQualifiedFunction},
    {"CreateEventSourceMapping", "lambda:CreateEventSourceMapping", kNothing},
    {"GetEventSourceMapping", "lambda:GetEventSourceMapping", kEventSourceMapping},
    {"ListEventSourceMappings", "lambda:ListEventSourceMappings", kNothing},
    {"UpdateEventSourceMapping", "lambda:UpdateEventSourceMapping", kEventSourceMapping},
    {"DeleteEventSourceMapping", "lambda:DeleteEventSourceMapping", kEventSourceMapping},
    {"CreateFunctionUrlConfig", "lambda:CreateFunctionUrlConfig", kQualifiedFunction},
    {"GetFunctionUrlConfig", "lambda:GetFunctionUrlConfig", kQualifiedFunction},
    {"UpdateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig", kQualifiedFunction},
    {"DeleteFunctionUrlConfig", "lambda:DeleteFunctionUrlConfig", kQualifiedFunction},
    {"ListFunctionUrlConfigs", "lambda:ListFunctionUrlConfigs", kFunction},
    {"TagResource", "lambda:TagResource", kTaggedResource},
    {"UntagResource", "lambda:UntagResource", kTaggedResource},
    {"ListTags", "lambda:ListTags", kTaggedResource},
    {"CreateCodeSigningConfig", "lambda:CreateCodeSigningConfig", kNothing},
    {"GetCodeSigningConfig", "lambda:GetCodeSigningConfig", kCodeSigningConfig},
    {"UpdateCodeSigningConfig", "lambda:UpdateCodeSigningConfig", kCodeSigningConfig},
    {"DeleteCodeSigningConfig", "lambda:DeleteCodeSigningConfig", kCodeSigningConfig},
    {"ListCodeSigningConfigs", "lambda:ListCodeSigningConfigs", kNothing},
    {"ListFunctionsByCodeSigningConfig", "lambda:ListFunctionsByCodeSigningConfig", kCodeSigningConfig},
    {"PutFunctionCodeSigningConfig", "lambda:PutFunctionCodeSigningConfig", kFunction},
    {"GetFunctionCodeSigningConfig", "lambda:GetFunctionCodeSigningConfig", kFunction},
    {"DeleteFunctionCodeSigningConfig", "lambda:DeleteFunctionCodeSigningConfig", kFunction},
    {"PutRuntimeManagementConfig", "lambda:PutRuntimeManagementConfig", kQualifiedFunction},
    {"GetRuntimeManagementConfig", "lambda:GetRuntimeManagementConfig", kQualifiedFunction},
    {"PutFunctionRecursionConfig", "lambda:PutFunctionRecursionConfig", kFunction},
    {"GetFunctionRecursionConfig", "lambda:GetFunctionRecursionConfig", kFunction},
    {"GetAccountSettings", "lambda:GetAccountSettings", kNothing},
    {"CreateCapacityProvider", "lambda:CreateCapacityProvider", kNothing},
    {"GetCapacityProvider", "lambda:GetCapacityProvider", kCapacityProvider},
    {"UpdateCapacityProvider", "lambda:UpdateCapacityProvider", kCapacityProvider},
    {"DeleteCapacityProvider", "lambda:DeleteCapacityProvider", kCapacityProvider},
    {"ListCapacityProviders", "lambda:ListCapacityProviders", kNothing},
    {"ListFunctionVersionsByCapacityProvider", "lambda:ListFunctionVersionsByCapacityProvider", kCapacityProvider},
    {"CheckpointDurableExecution", "lambda:CheckpointDurableExecution", kDurableExecution},
    {"GetDurableExecution", "lambda:GetDurableExecution", kDurableExecution},
    {"GetDurableExecutionHistory", "lambda:GetDurableExecutionHistory", kDurableExecution},
    {"GetDurableExecutionState", "lambda:GetDurableExecutionState", kDurableExecution},
    {"ListDurableExecutionsByFunction", "lambda:ListDurableExecutionsByFunction", kFunction},
    {"StopDurableExecution", "lambda:StopDurableExecution", kDurableExecution},
    {"SendDurableExecutionCallbackSuccess", "lambda:SendDurableExecutionCallbackSuccess", kNothing},
    {"SendDurableExecutionCallbackFailure", "lambda:SendDurableExecutionCallbackFailure", kNothing},
    {"SendDurableExecutionCallbackHeartbeat", "lambda:SendDurableExecutionCallbackHeartbeat", kNothing},
};
// clang-format on

}  // namespace

const LambdaAction* FindLambdaAction(std::string_view operation) {
  const auto* const found = std::find_if(std::begin(kActions), std::end(kActions),
                                         [&](const LambdaAction& action) { return action.operation == operation; });
  return found == std::end(kActions) ? nullptr : found;
}

}  // namespace hearth::controller
