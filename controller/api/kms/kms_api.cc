#include "controller/api/kms/kms_api.h"

#include <fmt/format.h>

#include <array>

#include "common/arn.h"
#include "common/crypto.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxKeyIdBytes = 2048;
constexpr std::string_view kAcrossAccounts[] = {
    "CreateGrant", "Decrypt",   "DescribeKey", "Encrypt",     "GenerateDataKey",     "GenerateDataKeyWithoutPlaintext",
    "ListGrants",  "ReEncrypt", "RetireGrant", "RevokeGrant", "GetKeyRotationStatus"};

KmsContext TextMap(const Json* object) {
  KmsContext texts;
  if (object == nullptr || !object->is_object()) return texts;
  for (const auto& [name, value] : object->as_object()) {
    if (value.is_string()) texts[name] = value.as_string();
  }
  return texts;
}

// What the new grant would allow, for whom, and bound to what.
void DescribeGrant(const Json& input, KeyUse& use, AccessRequest& request) {
  const Json* operations = input.Find("Operations");
  if (operations != nullptr && operations->is_array()) {
    for (const Json& operation : operations->as_array()) {
      if (operation.is_string()) use.granted_operations.push_back(operation.as_string());
    }
  }
  for (const char* principal : {"GranteePrincipal", "RetiringPrincipal"}) {
    const Json* arn = input.Find(principal);
    if (arn != nullptr && arn->is_string()) request.context[fmt::format("kms:{}", principal)] = arn->as_string();
  }
  request.context["kms:GrantIsForAWSResource"] = "false";
  const Json* constraints = input.Find("Constraints");
  if (constraints == nullptr) return;
  for (const char* type : {"EncryptionContextSubset", "EncryptionContextEquals"}) {
    const Json* pairs = constraints->Find(type);
    if (pairs == nullptr) continue;
    request.context["kms:GrantConstraintType"] = type;
    use.context = TextMap(pairs);  // a grant that is bound may be handed on bound as closely
    use.exact_context = std::string_view(type) == "EncryptionContextEquals";
  }
}

// The domain's failures as KMS names them.
absl::Status ToKmsError(const absl::Status& status) {
  if (AwsErrorShape(status)) return status;
  const std::string text(status.message());
  if (const std::optional<KeyProblem> problem = KeyProblemOf(status)) {
    switch (*problem) {
      case KeyProblem::kNotFound:
        return AwsError("NotFoundException", text);
      case KeyProblem::kDisabled:
        return AwsError("DisabledException", text);
      case KeyProblem::kInvalidState:
        return AwsError("KMSInvalidStateException", text);
      case KeyProblem::kAccessDenied:
        return AwsError("AccessDeniedException", text);
    }
  }
  if (absl::IsOutOfRange(status)) return AwsError("LimitExceededException", text);
  return status;
}

}  // namespace

KmsApi::Method KmsApi::FindMethod(std::string_view operation) {
  static constexpr std::array<std::pair<std::string_view, Method>, 33> kMethods = {{
      {"CancelKeyDeletion", &KmsApi::CancelKeyDeletion},
      {"CreateAlias", &KmsApi::CreateAlias},
      {"CreateGrant", &KmsApi::CreateGrant},
      {"CreateKey", &KmsApi::CreateKey},
      {"Decrypt", &KmsApi::Decrypt},
      {"DeleteAlias", &KmsApi::DeleteAlias},
      {"DescribeKey", &KmsApi::DescribeKey},
      {"DisableKey", &KmsApi::DisableKey},
      {"DisableKeyRotation", &KmsApi::DisableKeyRotation},
      {"EnableKey", &KmsApi::EnableKey},
      {"EnableKeyRotation", &KmsApi::EnableKeyRotation},
      {"Encrypt", &KmsApi::Encrypt},
      {"GenerateDataKey", &KmsApi::GenerateDataKey},
      {"GenerateDataKeyWithoutPlaintext", &KmsApi::GenerateDataKeyWithoutPlaintext},
      {"GenerateRandom", &KmsApi::GenerateRandom},
      {"GetKeyPolicy", &KmsApi::GetKeyPolicy},
      {"GetKeyRotationStatus", &KmsApi::GetKeyRotationStatus},
      {"ListAliases", &KmsApi::ListAliases},
      {"ListGrants", &KmsApi::ListGrants},
      {"ListKeyPolicies", &KmsApi::ListKeyPolicies},
      {"ListKeys", &KmsApi::ListKeys},
      {"ListResourceTags", &KmsApi::ListResourceTags},
      {"ListRetirableGrants", &KmsApi::ListRetirableGrants},
      {"PutKeyPolicy", &KmsApi::PutKeyPolicy},
      {"ReEncrypt", &KmsApi::ReEncrypt},
      {"RetireGrant", &KmsApi::RetireGrant},
      {"RevokeGrant", &KmsApi::RevokeGrant},
      {"RotateKeyOnDemand", &KmsApi::RotateKeyOnDemand},
      {"ScheduleKeyDeletion", &KmsApi::ScheduleKeyDeletion},
      {"TagResource", &KmsApi::TagResource},
      {"UntagResource", &KmsApi::UntagResource},
      {"UpdateAlias", &KmsApi::UpdateAlias},
      {"UpdateKeyDescription", &KmsApi::UpdateKeyDescription},
  }};
  for (const auto& [name, method] : kMethods) {
    if (name == operation) return method;
  }
  return nullptr;
}

std::string KmsApi::ArnOf(const KmsScope& scope, const std::string& reference) const {
  const absl::StatusOr<records::KmsKey> key = keys_.Find(scope, reference);
  if (key.ok()) return KmsKeyArn(*key);
  if (reference.starts_with("arn:")) return reference;
  if (reference.starts_with("alias/")) return KmsAliasArn(scope, reference);
  return fmt::format("arn:aws:kms:{}:{}:key/{}", scope.region, scope.account, reference);
}

absl::Status KmsApi::Authorize(const Request& request, std::string_view action, const records::KmsKey& key,
                               const KmsContext& context) const {
  action.remove_prefix(std::string_view("kms:").size());
  return AuthorizationError(access_.Check(request.caller, key, {.operation = std::string(action), .context = context}));
}

absl::Status KmsApi::DryRun(Request& request) {
  if (!request.input.Boolean("DryRun").value_or(false)) return absl::OkStatus();
  return AwsError("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
}

KmsScope KmsApi::ScopeOf(const Identity& caller, std::string_view operation, const std::string& reference) const {
  const auto* const across = std::find(std::begin(kAcrossAccounts), std::end(kAcrossAccounts), operation);
  const std::optional<Arn> arn = Arn::Parse(reference);
  const bool other = across != std::end(kAcrossAccounts) && arn && arn->service == "kms";
  return {region_, other ? arn->account : caller.account};
}

std::optional<AccessRequest> KmsApi::AccessOf(const ApiCall& call, std::string_view operation,
                                              const Json& input) const {
  if (FindMethod(operation) == nullptr || operation == "RetireGrant") return std::nullopt;  // the grant says who may
  const auto text = [&](std::string_view member) {
    const Json* value = input.Find(member);
    return value != nullptr && value->is_string() ? value->as_string() : std::string();
  };
  const bool re_encrypts = operation == "ReEncrypt";  // the source is checked when it is known
  KeyUse use{.operation = re_encrypts ? "ReEncryptTo" : std::string(operation)};
  use.context = TextMap(input.Find(re_encrypts ? "DestinationEncryptionContext" : "EncryptionContext"));
  AccessRequest request{.action = "kms:" + use.operation, .resource = "*"};
  std::string key = text(re_encrypts ? "DestinationKeyId" : "KeyId");
  const KmsScope scope = ScopeOf(call.caller, operation, key);
  if (operation == "Decrypt") {
    key = KmsKeys::KeyIdIn(Base64Decode(text("CiphertextBlob")).value_or("")).value_or(key);
  }
  const bool of_alias = operation == "CreateAlias" || operation == "UpdateAlias" || operation == "DeleteAlias";
  const std::string alias = of_alias ? text("AliasName") : "";
  if (!alias.empty()) {
    request.resource = KmsAliasArn(scope, alias);
    return request;
  }
  if (key.empty() || operation == "ListAliases") return request;
  if (operation == "CreateGrant") DescribeGrant(input, use, request);
  const absl::StatusOr<records::KmsKey> found = keys_.Find(scope, key);
  if (found.ok()) {
    access_.Describe(call.caller, *found, use, request);
  } else {
    request.resource = ArnOf(scope, key);
    request.resource_account = scope.account;
  }
  return request;
}

absl::StatusOr<Json> KmsApi::Handle(const ApiCall& call, std::string_view operation, const Json& input) {
  const Method method = FindMethod(operation);
  if (method == nullptr) {
    return AwsError("UnknownOperationException",
                    fmt::format("Operation {} of KMS is not supported", operation.substr(0, 100)));
  }
  const Json* key = input.Find(operation == "ReEncrypt" ? "DestinationKeyId" : "KeyId");
  const std::string reference = key != nullptr && key->is_string() ? key->as_string() : "";
  Request request{call.caller, ScopeOf(call.caller, operation, reference), BodyReader(input), {}};
  absl::StatusOr<Json> output = (this->*method)(request);
  if (!output.ok()) return ToKmsError(output.status());
  return output;
}

absl::StatusOr<std::string> KmsApi::KeyIdOf(Request& request, bool aliases) {
  const std::optional<std::string> id = request.input.String("KeyId");
  request.validation.NotNull("keyId", id.has_value());
  if (id) request.validation.Length("keyId", *id, 1, kMaxKeyIdBytes);
  RETURN_IF_ERROR(request.Problem());
  const bool alias = id->starts_with("alias/") || id->find(":alias/") != std::string::npos;
  if (alias && !aliases) return AwsError("NotFoundException", fmt::format("Invalid keyId {}", *id));
  return *id;
}

absl::StatusOr<records::KmsKey> KmsApi::Change(Request& request, const KmsKeys::Change& change) {
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/false));
  return keys_.Update(request.scope, id, [&](records::KmsKey& key) -> absl::Status {
    if (key.state() == records::KmsKey::PENDING_DELETION) return KmsPendingDeletion(key);
    return change(key);
  });
}

}  // namespace hearth::controller
