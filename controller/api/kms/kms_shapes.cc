// What the operations of KMS have in common.
#include <fmt/format.h>

#include "common/crypto.h"
#include "controller/api/aws_error.h"
#include "controller/api/kms/kms_api.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kMarkerPrefix = "after:";

const char* StateName(records::KmsKey::State state) {
  switch (state) {
    case records::KmsKey::DISABLED:
      return "Disabled";
    case records::KmsKey::PENDING_DELETION:
      return "PendingDeletion";
    default:
      return "Enabled";
  }
}

}  // namespace

Json KmsDate(int64_t unix_ms) { return Json(static_cast<double>(unix_ms) / 1000.0); }

Json RenderKmsKey(const records::KmsKey& key) {
  Json shown(Json::Object{{"AWSAccountId", key.account()},
                          {"KeyId", key.id()},
                          {"Arn", KmsKeyArn(key)},
                          {"CreationDate", KmsDate(key.created_ms())},
                          {"Enabled", key.state() == records::KmsKey::ENABLED},
                          {"Description", key.description()},
                          {"KeyUsage", "ENCRYPT_DECRYPT"},
                          {"KeyState", StateName(key.state())}});
  if (key.state() == records::KmsKey::PENDING_DELETION) shown.Set("DeletionDate", KmsDate(key.deletion_ms()));
  shown.Set("Origin", "AWS_KMS");
  shown.Set("KeyManager", "CUSTOMER");
  shown.Set("CustomerMasterKeySpec", "SYMMETRIC_DEFAULT");
  shown.Set("KeySpec", "SYMMETRIC_DEFAULT");
  shown.Set("EncryptionAlgorithms", Json(Json::Array{"SYMMETRIC_DEFAULT"}));
  shown.Set("MultiRegion", false);
  return shown;
}

absl::Status KmsPendingDeletion(const records::KmsKey& key) {
  return AwsError("KMSInvalidStateException", fmt::format("{} is pending deletion.", KmsKeyArn(key)));
}

absl::Status RefuseKmsMember(std::string_view member, bool given) {
  if (!given) return absl::OkStatus();
  return AwsError("UnsupportedOperationException", fmt::format("{} is not supported by Hearth", member));
}

std::string KmsMarker(std::string_view last) { return Base64Encode(fmt::format("{}{}", kMarkerPrefix, last)); }

absl::StatusOr<KmsPage> ReadKmsPage(BodyReader& input, Validation& validation, int64_t default_limit,
                                    int64_t max_limit) {
  const int64_t limit = input.Integer("Limit").value_or(default_limit);
  validation.Range("limit", limit, 1, max_limit);
  KmsPage page{static_cast<size_t>(std::max<int64_t>(limit, 1)), ""};
  const std::optional<std::string> marker = input.String("Marker");
  if (!marker) return page;
  const std::optional<std::string> text = Base64Decode(*marker);
  if (!text || !text->starts_with(kMarkerPrefix)) return AwsError("InvalidMarkerException", "Invalid marker");
  page.after = text->substr(kMarkerPrefix.size());
  return page;
}

}  // namespace hearth::controller
