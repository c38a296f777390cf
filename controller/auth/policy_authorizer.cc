#include "controller/auth/policy_authorizer.h"

#include "controller/auth/caller_keys.h"
#include "controller/auth/policy_evaluator.h"

namespace hearth::controller {
namespace {

AccessQuestion QuestionOf(const PolicyCaller& caller, const AccessRequest& request, const ConditionKeys& keys) {
  return {.caller = caller,
          .action = request.action,
          .resource = request.resource,
          .resource_account = request.resource_account,
          .keys = keys,
          .resource_policy = request.resource_policy.get(),
          .resource_policy_must_allow = request.resource_policy_must_allow};
}

absl::Status Answer(Access access, std::string_view caller, const AccessRequest& request) {
  if (access == Access::kAllowed) return absl::OkStatus();
  return absl::PermissionDeniedError(AccessDeniedText(access, caller, request.action, request.resource));
}

}  // namespace

absl::Status PolicyAuthorizer::Authorize(const Identity& caller, const AccessRequest& request) const {
  const bool root = caller.kind == Identity::Kind::kRoot;
  const PoliciesOfIdentity policies = root ? PoliciesOfIdentity() : identities_.Of(caller);
  const CallerKeys keys(&caller, nullptr, request, region_, clock_, policies.tags.get());
  AccessQuestion question = QuestionOf(PolicyCaller::Of(caller), request, keys);
  if (!root) question.identity_policies = &policies;
  return Answer(EvaluateAccess(question), caller.principal_arn, request);
}

absl::Status PolicyAuthorizer::AuthorizeService(const ServiceCaller& service, const AccessRequest& request) const {
  const CallerKeys keys(nullptr, &service, request, region_, clock_);
  return Answer(EvaluateAccess(QuestionOf(PolicyCaller::Service(service.name), request, keys)), service.name, request);
}

absl::Status PolicyAuthorizer::AuthorizeFederated(const std::string& provider_arn, const AccessRequest& request) const {
  const CallerKeys keys(nullptr, nullptr, request, region_, clock_);
  PolicyCaller caller;
  caller.kind = PolicyCaller::Kind::kFederated;
  caller.name = provider_arn;
  return Answer(EvaluateAccess(QuestionOf(caller, request, keys)), provider_arn, request);
}

absl::Status PolicyAuthorizer::AuthorizeAnyone(const AccessRequest& request) const {
  const CallerKeys keys(nullptr, nullptr, request, region_, clock_);
  return Answer(EvaluateAccess(QuestionOf(PolicyCaller{}, request, keys)), "anonymous", request);
}

}  // namespace hearth::controller
