#include "controller/api/kms/kms_api.h"

#include <fmt/format.h>

#include <array>

#include "common/arn.h"
#include "common/crypto.h"
#include "common/errors.h"
#include "common/io/json_text.h"
#include "controller/api/aws_error.h"
#include "controller/api/kms/kms_condition_keys.h"
#include "controller/api/lambda/access/call_keys.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxKeyIdBytes = 2048;
constexpr char kOnSameKey[] = "kms:reencryptonsamekey";
constexpr std::string_view kAcrossAccounts[] = {
    "CreateGrant", "Decrypt",   "DescribeKey", "Encrypt",     "GenerateDataKey",     "GenerateDataKeyWithoutPlaintext",
    "ListGrants",  "ReEncrypt", "RetireGrant", "RevokeGrant", "GetKeyRotationStatus"};

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

absl::Status KmsApi::Authorize(const Request& request, const KeyUse& use, const records::KmsKey& key) const {
  const CallKeys of_call("", request.call);
  return AuthorizationError(access_.Check(request.caller, key, use, &of_call));
}

absl::Status KmsApi::AuthorizeSource(const Request& request, const records::KmsKey& source,
                                     const std::string& source_id, const KmsContext& context,
                                     const records::KmsKey& destination) const {
  KeyUse use = KeyUse::Read("ReEncryptFrom", Json(Json::Object{{"KeyId", source_id}}));
  use.context = context;
  use.condition_keys[kOnSameKey] = {source.id() == destination.id() ? "true" : "false"};
  return Authorize(request, use, source);
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

KmsApi::Asked KmsApi::AskedOf(const ApiCall& call, std::string_view operation, const Json& input) const {
  Asked asked;
  asked.use = KeyUse::Read(operation, input);
  asked.reference = TextOf(input, operation == "ReEncrypt" ? "DestinationKeyId" : "KeyId");
  asked.scope = ScopeOf(call.caller, operation, asked.reference);
  const bool of_alias = operation == "CreateAlias" || operation == "UpdateAlias" || operation == "DeleteAlias";
  if (of_alias) asked.alias = TextOf(input, "AliasName");
  const absl::StatusOr<std::string> in_ciphertext =
      KmsKeys::KeyIdIn(Base64Decode(TextOf(input, "CiphertextBlob")).value_or(""));
  if (operation == "Decrypt" && in_ciphertext.ok()) asked.reference = *in_ciphertext;
  if (!asked.alias.empty() || asked.reference.empty() || operation == "ListAliases") return asked;
  const absl::StatusOr<records::KmsKey> found = keys_.Find(asked.scope, asked.reference);
  if (found.ok()) asked.key = *found;
  if (operation == "ReEncrypt" && found.ok() && in_ciphertext.ok()) {
    asked.use.condition_keys[kOnSameKey] = {*in_ciphertext == found->id() ? "true" : "false"};
  }
  return asked;
}

std::optional<AccessRequest> KmsApi::AccessOf(const ApiCall& call, std::string_view operation,
                                              const Json& input) const {
  if (FindMethod(operation) == nullptr || operation == "RetireGrant") return std::nullopt;  // the grant says who may
  const Asked asked = AskedOf(call, operation, input);
  AccessRequest request{.action = "kms:" + asked.use.operation, .resource = "*"};
  if (!asked.alias.empty()) {
    request.resource = KmsAliasArn(asked.scope, asked.alias);
  } else if (asked.key) {
    access_.Describe(call.caller, *asked.key, asked.use, request);
  } else if (!asked.reference.empty() && operation != "ListAliases") {
    request.resource = ArnOf(asked.scope, asked.reference);
    request.resource_account = asked.scope.account;
  }
  return request;
}

std::unique_ptr<ConditionKeys> KmsApi::KeysOf(const ApiCall& call, std::string_view operation, const Json& input,
                                              const ConditionKeys& of_call) const {
  const auto subject = [this, &call, operation, &input] {
    Asked asked = AskedOf(call, operation, input);
    return KmsConditionKeys::Subject{std::move(asked.use), std::move(asked.key)};
  };
  return std::make_unique<KmsConditionKeys>(keys_, subject, &of_call);
}

absl::StatusOr<Json> KmsApi::Handle(const ApiCall& call, std::string_view operation, const Json& input) {
  const Method method = FindMethod(operation);
  if (method == nullptr) {
    return AwsError("UnknownOperationException",
                    fmt::format("Operation {} of KMS is not supported", operation.substr(0, 100)));
  }
  const std::string reference = TextOf(input, operation == "ReEncrypt" ? "DestinationKeyId" : "KeyId");
  Request request{call, call.caller, ScopeOf(call.caller, operation, reference), BodyReader(input), {}};
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
