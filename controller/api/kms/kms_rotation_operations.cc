// Rotation: new material for a key, by the calendar or at once.
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/kms/kms_api.h"

namespace hearth::controller {
namespace {

using records::KmsKey;

constexpr int64_t kDefaultPeriodDays = 365;
constexpr int64_t kMinPeriodDays = 90;
constexpr int64_t kMaxPeriodDays = 2560;
constexpr int64_t kDayMs = int64_t{24} * 3600 * 1000;
constexpr int kMaxMaterials = 100;  // what one key holds

}  // namespace

absl::StatusOr<Json> KmsApi::EnableKeyRotation(Request& request) {
  const int64_t days = request.input.Integer("RotationPeriodInDays").value_or(kDefaultPeriodDays);
  request.validation.Range("rotationPeriodInDays", days, kMinPeriodDays, kMaxPeriodDays);
  RETURN_IF_ERROR(Change(request, [&](KmsKey& key) {
                    key.set_rotation_period_days(static_cast<int32_t>(days));
                    key.set_next_rotation_ms(UnixMillis(clock_.Wall()) + days * kDayMs);
                    return absl::OkStatus();
                  }).status());
  return Json(Json::Object());
}

absl::StatusOr<Json> KmsApi::DisableKeyRotation(Request& request) {
  RETURN_IF_ERROR(Change(request, [](KmsKey& key) {
                    key.clear_rotation_period_days();
                    key.clear_next_rotation_ms();
                    return absl::OkStatus();
                  }).status());
  return Json(Json::Object());
}

absl::StatusOr<Json> KmsApi::GetKeyRotationStatus(Request& request) {
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/false));
  ASSIGN_OR_RETURN(const KmsKey key, keys_.Find(request.scope, id));
  const bool enabled = key.rotation_period_days() > 0 && key.state() != KmsKey::PENDING_DELETION;
  Json body(Json::Object{{"KeyRotationEnabled", enabled}, {"KeyId", KmsKeyArn(key)}});
  if (enabled) {
    body.Set("RotationPeriodInDays", key.rotation_period_days());
    body.Set("NextRotationDate", KmsDate(key.next_rotation_ms()));
  }
  return body;
}

absl::StatusOr<Json> KmsApi::RotateKeyOnDemand(Request& request) {
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/false));
  ASSIGN_OR_RETURN(const KmsKey key, keys_.FindUsable(request.scope, id));
  if (key.material_size() >= kMaxMaterials) {
    return AwsError("LimitExceededException", "The key was rotated as often as it can be.");
  }
  RETURN_IF_ERROR(keys_.Rotate(request.scope, id));
  return Json(Json::Object{{"KeyId", KmsKeyArn(key)}});
}

}  // namespace hearth::controller
