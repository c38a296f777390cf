#include "controller/api/kms/key_access.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/io/json.h"
#include "controller/api/kms/kms_condition_keys.h"

namespace hearth::controller {
namespace {

bool IsCaller(std::string_view principal, const Identity& caller) {
  return principal == caller.principal_arn || (!caller.role_arn.empty() && principal == caller.role_arn);
}

bool Holds(const google::protobuf::RepeatedPtrField<std::string>& operations, std::string_view operation) {
  return std::find(operations.begin(), operations.end(), operation) != operations.end();
}

bool FitsContext(const records::KmsGrant& grant, const KeyUse& use) {
  const KmsContext& context = use.context;
  for (const auto& [key, value] : grant.context_subset()) {
    const auto found = context.find(key);
    if (found == context.end() || found->second != value) return false;
  }
  if (grant.context_equals().empty()) return true;
  if (!use.exact_context || context.size() != grant.context_equals().size()) return false;
  return std::all_of(context.begin(), context.end(), [&](const auto& pair) {
    const auto found = grant.context_equals().find(pair.first);
    return found != grant.context_equals().end() && found->second == pair.second;
  });
}

bool Fits(const records::KmsGrant& grant, const Identity& caller, const KeyUse& use) {
  if (!IsCaller(grant.grantee(), caller) || !Holds(grant.operations(), use.operation)) return false;
  if (use.HasContext() && !FitsContext(grant, use)) return false;
  return std::all_of(use.granted_operations.begin(), use.granted_operations.end(),
                     [&](const std::string& operation) { return Holds(grant.operations(), operation); });
}

// The ARN that the policy language knows the caller by: its role's.
const std::string& NameOf(const Identity& caller) {
  return caller.role_arn.empty() ? caller.principal_arn : caller.role_arn;
}

Json AllowStatement(const std::string& grantee, const std::string& action) {
  return Json(Json::Object{
      {"Effect", "Allow"}, {"Principal", Json(Json::Object{{"AWS", grantee}})}, {"Action", action}, {"Resource", "*"}});
}

}  // namespace

bool KeyAccess::MayRetire(const records::KmsGrant& grant, const Identity& caller) {
  return IsCaller(grant.retiring(), caller) ||
         (IsCaller(grant.grantee(), caller) && Holds(grant.operations(), "RetireGrant"));
}

void KeyAccess::Describe(const Identity& caller, const records::KmsKey& key, const KeyUse& use,
                         AccessRequest& request) const {
  request.action = "kms:" + use.operation;
  request.resource = KmsKeyArn(key);
  request.resource_account = key.account();
  request.resource_policy_must_allow = true;
  request.context["kms:CallerAccount"] = caller.account;
  if (!use.via_service.empty()) {
    request.context["kms:ViaService"] = use.via_service;
    request.context["kms:GrantIsForAWSResource"] = "true";
  }
  if (use.HasContext()) {
    for (const auto& [name, value] : use.context) request.context["kms:EncryptionContext:" + name] = value;
  }
  std::vector<std::string> grantees;
  for (const KmsGrantPtr& grant : grants_.List(key)) {
    if (!Fits(*grant, caller, use)) continue;
    grantees.push_back(grant->grantee());
    break;
  }
  request.resource_policy = Compile(grants_.PolicyOf(key), grantees, request.action);
}

absl::Status KeyAccess::Check(const Identity& caller, const records::KmsKey& key, const KeyUse& use,
                              const ConditionKeys* of_call, bool lambda_serves) const {
  AccessRequest request;
  Describe(caller, key, use, request);
  const auto subject = [&] { return KmsConditionKeys::Subject{use, key}; };
  const KmsConditionKeys keys(keys_, subject, of_call);
  request.more_keys = &keys;
  if (lambda_serves) request.resource_policy = Compile(grants_.PolicyOf(key), {NameOf(caller)}, request.action);
  return authorizer_.Authorize(caller, request);
}

absl::Status KeyAccess::CheckUnder(const std::string& document, const Identity& caller, const records::KmsKey& key,
                                   std::string_view action, const ConditionKeys* of_call) const {
  const auto subject = [&] {
    return KmsConditionKeys::Subject{{.operation = std::string(action.substr(action.find(':') + 1))}, key};
  };
  const KmsConditionKeys keys(keys_, subject, of_call);
  AccessRequest request{.action = std::string(action), .resource = KmsKeyArn(key)};
  request.resource_account = key.account();
  request.resource_policy_must_allow = true;
  request.context["kms:CallerAccount"] = caller.account;
  request.resource_policy = policies_.Compiled(document);
  request.more_keys = &keys;
  return authorizer_.Authorize(caller, request);
}

PolicyDocumentPtr KeyAccess::Compile(const std::string& document, const std::vector<std::string>& grantees,
                                     const std::string& action) const {
  if (grantees.empty()) return policies_.Compiled(document);
  absl::StatusOr<Json> policy = Json::Parse(document);
  const Json* standing = policy.ok() ? policy->Find("Statement") : nullptr;
  if (standing == nullptr) return policies_.Compiled(document);
  Json::Array statements = standing->is_array() ? standing->as_array() : Json::Array{*standing};
  for (const std::string& grantee : grantees) statements.push_back(AllowStatement(grantee, action));
  policy->Set("Statement", Json(std::move(statements)));
  return policies_.Compiled(policy->Dump());
}

}  // namespace hearth::controller
