// Keys: making, showing, enabling, disabling and deleting them.
#include <fmt/format.h>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/kms/kms_api.h"

namespace hearth::controller {
namespace {

using records::KmsKey;

constexpr size_t kMaxDescription = 8192;
constexpr int64_t kMinPendingDays = 7;
constexpr int64_t kMaxPendingDays = 30;
constexpr int64_t kDayMs = int64_t{24} * 3600 * 1000;

// A member that may be sent with the one value Hearth has.
absl::Status Only(BodyReader& input, const char* member, std::string_view value) {
  const std::optional<std::string> given = input.String(member);
  return RefuseKmsMember(fmt::format("{} {}", member, given.value_or("")), given && *given != value);
}

absl::Status RefuseOtherKinds(BodyReader& input) {
  RETURN_IF_ERROR(Only(input, "KeyUsage", "ENCRYPT_DECRYPT"));
  RETURN_IF_ERROR(Only(input, "KeySpec", "SYMMETRIC_DEFAULT"));
  RETURN_IF_ERROR(Only(input, "CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"));
  RETURN_IF_ERROR(Only(input, "Origin", "AWS_KMS"));
  RETURN_IF_ERROR(RefuseKmsMember("CustomKeyStoreId", input.String("CustomKeyStoreId").has_value()));
  RETURN_IF_ERROR(RefuseKmsMember("XksKeyId", input.String("XksKeyId").has_value()));
  return RefuseKmsMember("MultiRegion true", input.Boolean("MultiRegion").value_or(false));
}

}  // namespace

absl::StatusOr<Json> KmsApi::CreateKey(Request& request) {
  KmsKey key;
  const std::string description = request.input.String("Description").value_or("");
  request.validation.Length("description", description, 0, kMaxDescription);
  key.set_description(description);
  RETURN_IF_ERROR(AddKmsTags(request.input, request.validation, key));
  RETURN_IF_ERROR(RefuseOtherKinds(request.input));
  const std::optional<std::string> policy = request.input.String("Policy");
  request.bypass_lockout = request.input.Boolean("BypassPolicyLockoutSafetyCheck").value_or(false);
  RETURN_IF_ERROR(request.Problem());
  if (policy) {
    key.set_account(request.scope.account);
    key.set_region(request.scope.region);
    RETURN_IF_ERROR(CheckPolicy(request, *policy, key));
  }
  ASSIGN_OR_RETURN(const KmsKey made, keys_.Create(request.scope, std::move(key)));
  if (policy) RETURN_IF_ERROR(grants_.PutPolicy(made, *policy));
  return Json(Json::Object{{"KeyMetadata", RenderKmsKey(made)}});
}

absl::StatusOr<Json> KmsApi::DescribeKey(Request& request) {
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/true));
  ASSIGN_OR_RETURN(const KmsKey key, keys_.Find(request.scope, id));
  return Json(Json::Object{{"KeyMetadata", RenderKmsKey(key)}});
}

absl::StatusOr<Json> KmsApi::ListKeys(Request& request) {
  ASSIGN_OR_RETURN(const KmsPage page, ReadKmsPage(request.input, request.validation, 100, 1000));
  RETURN_IF_ERROR(request.Problem());
  ASSIGN_OR_RETURN(std::vector<KmsKey> keys, keys_.List(request.scope.account, page.after, page.limit + 1));
  Json body{Json::Object()};
  const bool truncated = keys.size() > page.limit;
  if (truncated) keys.pop_back();
  Json::Array rows;
  for (const KmsKey& key : keys) rows.push_back(Json(Json::Object{{"KeyId", key.id()}, {"KeyArn", KmsKeyArn(key)}}));
  body.Set("Keys", Json(std::move(rows)));
  body.Set("Truncated", truncated);
  if (truncated) body.Set("NextMarker", KmsMarker(keys.back().id()));
  return body;
}

absl::StatusOr<Json> KmsApi::UpdateKeyDescription(Request& request) {
  const std::optional<std::string> description = request.input.String("Description");
  request.validation.NotNull("description", description.has_value());
  if (description) request.validation.Length("description", *description, 0, kMaxDescription);
  RETURN_IF_ERROR(Change(request, [&](KmsKey& key) {
                    key.set_description(*description);
                    return absl::OkStatus();
                  }).status());
  return Json(Json::Object());
}

absl::StatusOr<Json> KmsApi::EnableKey(Request& request) {
  RETURN_IF_ERROR(Change(request, [](KmsKey& key) {
                    key.set_state(KmsKey::ENABLED);
                    return absl::OkStatus();
                  }).status());
  return Json(Json::Object());
}

absl::StatusOr<Json> KmsApi::DisableKey(Request& request) {
  RETURN_IF_ERROR(Change(request, [](KmsKey& key) {
                    key.set_state(KmsKey::DISABLED);
                    return absl::OkStatus();
                  }).status());
  return Json(Json::Object());
}

absl::StatusOr<Json> KmsApi::ScheduleKeyDeletion(Request& request) {
  const int64_t days = request.input.Integer("PendingWindowInDays").value_or(kMaxPendingDays);
  request.validation.Range("pendingWindowInDays", days, kMinPendingDays, kMaxPendingDays);
  ASSIGN_OR_RETURN(const KmsKey key, Change(request, [&](KmsKey& changed) {
                     changed.set_state(KmsKey::PENDING_DELETION);
                     changed.set_deletion_ms(UnixMillis(clock_.Wall()) + days * kDayMs);
                     return absl::OkStatus();
                   }));
  return Json(Json::Object{{"KeyId", KmsKeyArn(key)},
                           {"DeletionDate", KmsDate(key.deletion_ms())},
                           {"KeyState", "PendingDeletion"},
                           {"PendingWindowInDays", days}});
}

absl::StatusOr<Json> KmsApi::CancelKeyDeletion(Request& request) {
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/false));
  const auto cancel = [](KmsKey& key) -> absl::Status {
    if (key.state() != KmsKey::PENDING_DELETION) {
      return AwsError("KMSInvalidStateException", fmt::format("{} is not pending deletion.", KmsKeyArn(key)));
    }
    key.set_state(KmsKey::DISABLED);
    key.clear_deletion_ms();
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(const KmsKey key, keys_.Update(request.scope, id, cancel));
  return Json(Json::Object{{"KeyId", KmsKeyArn(key)}});
}

}  // namespace hearth::controller
