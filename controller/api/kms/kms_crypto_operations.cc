// Encryption with keys, and data keys.
#include "common/crypto.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/kms/kms_api.h"

namespace hearth::controller {
namespace {

using records::KmsKey;

constexpr int64_t kMaxPlaintextBytes = 4096;
constexpr int64_t kMaxCiphertextBytes = 6144;
constexpr int64_t kMaxDataKeyBytes = 1024;
constexpr size_t kMaxContextBytes = 8192;
constexpr char kAlgorithm[] = "SYMMETRIC_DEFAULT";

absl::StatusOr<KmsContext> ReadContext(BodyReader& input, const char* member) {
  const auto pairs = input.StringMap(member);
  if (!pairs) return KmsContext();
  size_t bytes = 0;
  for (const auto& [key, value] : *pairs) bytes += key.size() + value.size();
  if (bytes > kMaxContextBytes) return AwsError("ValidationException", "The encryption context is too large.");
  return KmsContext(pairs->begin(), pairs->end());
}

// A required blob; empty with a failed constraint in the validation when it is none.
std::string ReadBlob(BodyReader& input, const char* member, std::string_view path, int64_t max_bytes,
                     Validation& validation) {
  const std::optional<std::string> base64 = input.String(member);
  validation.NotNull(path, base64.has_value());
  if (!base64) return "";
  std::optional<std::string> bytes = Base64Decode(*base64);
  if (!bytes) {
    validation.Fail(path, "", "Member must be base64");
    return "";
  }
  if (bytes->empty()) validation.Fail(path, "", "Member must have length greater than or equal to 1");
  if (static_cast<int64_t>(bytes->size()) > max_bytes) {
    validation.Fail(path, "", "Member must have length less than or equal to " + std::to_string(max_bytes));
  }
  return *std::move(bytes);
}

absl::StatusOr<int64_t> DataKeyBytes(BodyReader& input, Validation& validation) {
  const std::optional<int64_t> bytes = input.Integer("NumberOfBytes");
  const std::optional<std::string> spec = input.String("KeySpec");
  if (bytes) validation.Range("numberOfBytes", *bytes, 1, kMaxDataKeyBytes);
  if (spec) validation.Enum("keySpec", *spec, {"AES_256", "AES_128"});
  RETURN_IF_ERROR(validation.Result());
  if (bytes.has_value() == spec.has_value()) {
    return AwsError("ValidationException", "Please specify either number of bytes or key spec.");
  }
  if (bytes) return *bytes;
  return *spec == "AES_256" ? 32 : 16;
}

}  // namespace

// Members of every encryption that Hearth has one value for.
absl::Status KmsApi::RefuseOtherWays(BodyReader& input, std::initializer_list<const char*> algorithm_members) const {
  for (const char* member : algorithm_members) {
    const std::optional<std::string> algorithm = input.String(member);
    if (algorithm && *algorithm != kAlgorithm) {
      return AwsError("InvalidKeyUsageException", "The algorithm does not fit the key: keys are SYMMETRIC_DEFAULT.");
    }
  }
  const Json* recipient = input.Object("Recipient");
  RETURN_IF_ERROR(RefuseKmsMember("Recipient", recipient != nullptr));
  return CheckGrantTokens(input);
}

absl::StatusOr<Json> KmsApi::Encrypt(Request& request) {
  std::string plaintext = ReadBlob(request.input, "Plaintext", "plaintext", kMaxPlaintextBytes, request.validation);
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/true));
  RETURN_IF_ERROR(RefuseOtherWays(request.input, {"EncryptionAlgorithm"}));
  ASSIGN_OR_RETURN(const KmsContext context, ReadContext(request.input, "EncryptionContext"));
  RETURN_IF_ERROR(request.Problem());
  ASSIGN_OR_RETURN(const KmsKey key, keys_.FindUsable(request.scope, id));
  RETURN_IF_ERROR(DryRun(request));
  const absl::StatusOr<std::string> ciphertext = keys_.Encrypt(key, plaintext, context);
  CleanseSecret(plaintext);
  if (!ciphertext.ok()) return ciphertext.status();
  return Json(Json::Object{
      {"CiphertextBlob", Base64Encode(*ciphertext)}, {"KeyId", KmsKeyArn(key)}, {"EncryptionAlgorithm", kAlgorithm}});
}

absl::StatusOr<KmsKeys::Opened> KmsApi::Open(const KmsScope& scope, const std::string& ciphertext,
                                             const KmsContext& context,
                                             const std::optional<std::string>& key_id) const {
  if (key_id) {
    ASSIGN_OR_RETURN(const KmsKey wanted, keys_.Find(scope, *key_id));
    const absl::StatusOr<std::string> named = KmsKeys::KeyIdIn(ciphertext);
    if (named.ok() && *named != wanted.id()) {
      return AwsError("IncorrectKeyException",
                      "The key ID in the request does not identify a CMK that can perform this operation.");
    }
  }
  absl::StatusOr<KmsKeys::Opened> opened = keys_.Decrypt(scope, ciphertext, context);
  if (absl::IsDataLoss(opened.status())) return AwsError("InvalidCiphertextException", "");
  return opened;
}

absl::StatusOr<Json> KmsApi::Decrypt(Request& request) {
  const std::string ciphertext =
      ReadBlob(request.input, "CiphertextBlob", "ciphertextBlob", kMaxCiphertextBytes, request.validation);
  const std::optional<std::string> key_id = request.input.String("KeyId");
  RETURN_IF_ERROR(RefuseOtherWays(request.input, {"EncryptionAlgorithm"}));
  ASSIGN_OR_RETURN(const KmsContext context, ReadContext(request.input, "EncryptionContext"));
  RETURN_IF_ERROR(request.Problem());
  ASSIGN_OR_RETURN(KmsKeys::Opened opened, Open(request.scope, ciphertext, context, key_id));
  RETURN_IF_ERROR(DryRun(request));
  Json body(Json::Object{{"KeyId", KmsKeyArn(opened.key)},
                         {"Plaintext", Base64Encode(opened.plaintext)},
                         {"EncryptionAlgorithm", kAlgorithm}});
  CleanseSecret(opened.plaintext);
  return body;
}

absl::StatusOr<Json> KmsApi::ReEncrypt(Request& request) {
  const std::string ciphertext =
      ReadBlob(request.input, "CiphertextBlob", "ciphertextBlob", kMaxCiphertextBytes, request.validation);
  const std::optional<std::string> source_id = request.input.String("SourceKeyId");
  const std::optional<std::string> destination_id = request.input.String("DestinationKeyId");
  request.validation.NotNull("destinationKeyId", destination_id.has_value());
  RETURN_IF_ERROR(RefuseOtherWays(request.input, {"SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm"}));
  ASSIGN_OR_RETURN(const KmsContext from, ReadContext(request.input, "SourceEncryptionContext"));
  ASSIGN_OR_RETURN(const KmsContext to, ReadContext(request.input, "DestinationEncryptionContext"));
  RETURN_IF_ERROR(request.Problem());
  ASSIGN_OR_RETURN(const KmsKey destination, keys_.FindUsable(request.scope, *destination_id));
  const KmsScope source = ScopeOf(request.caller, "ReEncrypt", source_id.value_or(""));
  ASSIGN_OR_RETURN(KmsKeys::Opened opened, Open(source, ciphertext, from, source_id));
  RETURN_IF_ERROR(AuthorizeSource(request, opened.key, source_id.value_or(""), from, destination));
  RETURN_IF_ERROR(DryRun(request));
  const absl::StatusOr<std::string> again = keys_.Encrypt(destination, opened.plaintext, to);
  CleanseSecret(opened.plaintext);
  if (!again.ok()) return again.status();
  return Json(Json::Object{{"CiphertextBlob", Base64Encode(*again)},
                           {"SourceKeyId", KmsKeyArn(opened.key)},
                           {"KeyId", KmsKeyArn(destination)},
                           {"SourceEncryptionAlgorithm", kAlgorithm},
                           {"DestinationEncryptionAlgorithm", kAlgorithm}});
}

absl::StatusOr<Json> KmsApi::MakeDataKey(Request& request, bool with_plaintext) {
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/true));
  RETURN_IF_ERROR(RefuseOtherWays(request.input, {}));
  ASSIGN_OR_RETURN(const KmsContext context, ReadContext(request.input, "EncryptionContext"));
  ASSIGN_OR_RETURN(const int64_t bytes, DataKeyBytes(request.input, request.validation));
  RETURN_IF_ERROR(request.Problem());
  ASSIGN_OR_RETURN(const KmsKey key, keys_.FindUsable(request.scope, id));
  RETURN_IF_ERROR(DryRun(request));
  std::string data_key = random_.Bytes(static_cast<size_t>(bytes));
  const absl::StatusOr<std::string> ciphertext = keys_.Encrypt(key, data_key, context);
  Json body{Json::Object()};
  if (ciphertext.ok()) {
    body.Set("CiphertextBlob", Base64Encode(*ciphertext));
    if (with_plaintext) body.Set("Plaintext", Base64Encode(data_key));
    body.Set("KeyId", KmsKeyArn(key));
  }
  CleanseSecret(data_key);
  if (!ciphertext.ok()) return ciphertext.status();
  return body;
}

absl::StatusOr<Json> KmsApi::GenerateDataKey(Request& request) { return MakeDataKey(request, true); }

absl::StatusOr<Json> KmsApi::GenerateDataKeyWithoutPlaintext(Request& request) { return MakeDataKey(request, false); }

absl::StatusOr<Json> KmsApi::GenerateRandom(Request& request) {
  const std::optional<int64_t> bytes = request.input.Integer("NumberOfBytes");
  request.validation.NotNull("numberOfBytes", bytes.has_value());
  if (bytes) request.validation.Range("numberOfBytes", *bytes, 1, kMaxDataKeyBytes);
  RETURN_IF_ERROR(RefuseOtherWays(request.input, {}));
  RETURN_IF_ERROR(RefuseKmsMember("CustomKeyStoreId", request.input.String("CustomKeyStoreId").has_value()));
  RETURN_IF_ERROR(request.Problem());
  return Json(Json::Object{{"Plaintext", Base64Encode(random_.Bytes(static_cast<size_t>(*bytes)))}});
}

}  // namespace hearth::controller
