#include "controller/api/kms/kms_api.h"

#include <fmt/format.h>

#include <array>

#include "common/crypto.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxKeyIdBytes = 2048;

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
  static constexpr std::array<std::pair<std::string_view, Method>, 27> kMethods = {{
      {"CancelKeyDeletion", &KmsApi::CancelKeyDeletion},
      {"CreateAlias", &KmsApi::CreateAlias},
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
      {"ListKeyPolicies", &KmsApi::ListKeyPolicies},
      {"ListKeys", &KmsApi::ListKeys},
      {"ListResourceTags", &KmsApi::ListResourceTags},
      {"ReEncrypt", &KmsApi::ReEncrypt},
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

absl::Status KmsApi::Authorize(const Request& request, std::string_view action, const records::KmsKey& key) const {
  return AuthorizationError(
      authorizer_.Authorize(request.caller, {.action = std::string(action), .resource = KmsKeyArn(key)}));
}

std::optional<AccessRequest> KmsApi::AccessOf(const ApiCall& call, std::string_view operation,
                                              const Json& input) const {
  if (FindMethod(operation) == nullptr) return std::nullopt;
  const KmsScope scope{region_, call.caller.account};
  const auto text = [&](std::string_view member) {
    const Json* value = input.Find(member);
    return value != nullptr && value->is_string() ? value->as_string() : std::string();
  };
  AccessRequest request{.action = fmt::format("kms:{}", operation), .resource = "*"};
  std::string key = text("KeyId");
  if (operation == "ReEncrypt") {
    request.action = "kms:ReEncryptTo";  // the source is checked when it is known
    key = text("DestinationKeyId");
  }
  if (operation == "Decrypt") {
    key = KmsKeys::KeyIdIn(Base64Decode(text("CiphertextBlob")).value_or("")).value_or(key);
  }
  const std::string alias = text("AliasName");
  if (!alias.empty()) {
    request.resource = KmsAliasArn(scope, alias);
  } else if (!key.empty() && operation != "ListAliases") {
    request.resource = ArnOf(scope, key);
  }
  const Json* context = input.Find(operation == "ReEncrypt" ? "DestinationEncryptionContext" : "EncryptionContext");
  if (context == nullptr || !context->is_object()) return request;
  for (const auto& [name, value] : context->as_object()) {
    if (value.is_string()) request.context[fmt::format("kms:EncryptionContext:{}", name)] = value.as_string();
  }
  return request;
}

absl::StatusOr<Json> KmsApi::Handle(const ApiCall& call, std::string_view operation, const Json& input) {
  const Method method = FindMethod(operation);
  if (method == nullptr) {
    return AwsError("UnknownOperationException",
                    fmt::format("Operation {} of KMS is not supported", operation.substr(0, 100)));
  }
  Request request{call.caller, {region_, call.caller.account}, BodyReader(input), {}};
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
