#include "controller/auth/execution_roles.h"

#include <fmt/format.h>

#include "common/arn.h"
#include "common/errors.h"
#include "controller/auth/policy_document.h"

namespace hearth::controller {
namespace {

constexpr char kLambda[] = "lambda.amazonaws.com";

std::string AccountOf(std::string_view arn) {
  const std::optional<Arn> parsed = Arn::Parse(arn);
  return parsed ? parsed->account : "";
}

}  // namespace

absl::Status ExecutionRoles::Check(const Identity& caller, const std::string& role_arn,
                                   const std::string& function_arn) const {
  if (AccountOf(role_arn) != caller.account) {
    return absl::PermissionDeniedError("Cross-account pass role is not allowed.");
  }
  RETURN_IF_ERROR(authorizer_.Authorize(
      caller, {.action = "iam:PassRole",
               .resource = role_arn,
               .context = {{"iam:PassedToService", kLambda}, {"iam:AssociatedResourceArn", function_arn}}}));
  return CheckTrust(role_arn, function_arn);
}

absl::StatusOr<IssuedSession> ExecutionRoles::SessionFor(const std::string& role_arn, const std::string& function_arn,
                                                         const std::string& function_name) const {
  RETURN_IF_ERROR(CheckTrust(role_arn, function_arn));
  return sessions_.Issue({.role_arn = role_arn,
                          .session_name = function_name,
                          .lifetime = kLifetime,
                          .source_function_arn = function_arn});
}

absl::Status ExecutionRoles::MayDo(const std::string& role_arn, const std::string& function_name,
                                   const AccessRequest& request) const {
  const RolePtr role = sessions_.FindRole(role_arn);
  if (role == nullptr) {
    return sessions_.allow_unknown_roles() ? absl::OkStatus() : absl::PermissionDeniedError("The role does not exist.");
  }
  Identity identity;
  identity.kind = Identity::Kind::kRoleSession;
  identity.account = role->account();
  identity.role_arn = role_arn;
  identity.principal_arn =
      fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", role->account(), role->name(), function_name);
  identity.principal_id = fmt::format("{}:{}", role->id(), function_name);
  return authorizer_.Authorize(identity, request);
}

absl::Status ExecutionRoles::CheckTrust(const std::string& role_arn, const std::string& function_arn) const {
  const absl::Status refused = absl::FailedPreconditionError(kCannotAssume);
  const RolePtr role = sessions_.FindRole(role_arn);
  if (role == nullptr) return sessions_.allow_unknown_roles() ? absl::OkStatus() : refused;
  const absl::StatusOr<PolicyDocumentPtr> trust = PolicyDocument::Parse(role->trust_policy(), PolicyKind::kTrust);
  if (!trust.ok()) return refused;
  AccessRequest request{.action = "sts:AssumeRole", .resource = role_arn};
  request.resource_account = role->account();
  request.resource_policy = *trust;
  request.resource_policy_must_allow = true;
  const ServiceCaller lambda{kLambda, function_arn, role->account()};
  return authorizer_.AuthorizeService(lambda, request).ok() ? absl::OkStatus() : refused;
}

}  // namespace hearth::controller
