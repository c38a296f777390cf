#include "controller/api/lambda/layers/layer_access.h"

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/auth/policy_document.h"

namespace hearth::controller {

absl::Status LayerAccess::Check(const Identity& caller, std::string_view owner, std::string_view layer_version_arn,
                                std::string_view policy) const {
  AccessRequest request{.action = "lambda:GetLayerVersion",
                        .resource = std::string(layer_version_arn),
                        .resource_account = std::string(owner)};
  if (!policy.empty()) {
    ASSIGN_OR_RETURN(request.resource_policy, PolicyDocument::Parse(policy, PolicyKind::kResource));
  }
  return AuthorizationError(authorizer_.Authorize(caller, request));
}

}  // namespace hearth::controller
