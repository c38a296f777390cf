// Tags of keys.
#include <fmt/format.h>

#include <map>

#include "common/errors.h"
#include "common/limits.h"
#include "controller/api/aws_error.h"
#include "controller/api/kms/kms_api.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxTagKey = 128;
constexpr size_t kMaxTagValue = 256;

}  // namespace

// Merges the Tags of the request into the key's.
absl::Status AddKmsTags(BodyReader& input, Validation& validation, records::KmsKey& key) {
  const Json* tags = input.Array("Tags");
  if (tags == nullptr) return absl::OkStatus();
  for (const Json& tag : tags->as_array()) {
    BodyReader member(tag);
    const std::optional<std::string> name = tag.is_object() ? member.String("TagKey") : std::nullopt;
    const std::optional<std::string> value = tag.is_object() ? member.String("TagValue") : std::nullopt;
    validation.NotNull("tags.member.tagKey", name.has_value());
    validation.NotNull("tags.member.tagValue", value.has_value());
    RETURN_IF_ERROR(member.status());
    if (!name || !value) continue;
    validation.Length("tags.member.tagKey", *name, 1, kMaxTagKey);
    validation.Length("tags.member.tagValue", *value, 0, kMaxTagValue);
    if (name->starts_with("aws:")) {
      return AwsError("TagException", fmt::format("Tag key {}: the prefix aws: is reserved for system use.", *name));
    }
    (*key.mutable_tags())[*name] = *value;
  }
  if (key.tags_size() > kMaxTags) return AwsError("LimitExceededException", "Too many tags");
  return absl::OkStatus();
}

absl::StatusOr<Json> KmsApi::TagResource(Request& request) {
  request.validation.NotNull("tags", request.input.Array("Tags") != nullptr);
  const auto add = [&](records::KmsKey& key) -> absl::Status {
    RETURN_IF_ERROR(AddKmsTags(request.input, request.validation, key));
    return request.Problem();
  };
  RETURN_IF_ERROR(Change(request, add).status());
  return Json(Json::Object());
}

absl::StatusOr<Json> KmsApi::UntagResource(Request& request) {
  const std::optional<std::vector<std::string>> names = request.input.Strings("TagKeys");
  request.validation.NotNull("tagKeys", names.has_value());
  RETURN_IF_ERROR(Change(request, [&](records::KmsKey& key) {
                    for (const std::string& name : *names) key.mutable_tags()->erase(name);
                    return absl::OkStatus();
                  }).status());
  return Json(Json::Object());
}

// A key has at most kMaxTags: they fit one page.
absl::StatusOr<Json> KmsApi::ListResourceTags(Request& request) {
  ASSIGN_OR_RETURN(const std::string id, KeyIdOf(request, /*aliases=*/false));
  ASSIGN_OR_RETURN(const KmsPage page, ReadKmsPage(request.input, request.validation, kMaxTags, kMaxTags));
  RETURN_IF_ERROR(request.Problem());
  ASSIGN_OR_RETURN(const records::KmsKey key, keys_.Find(request.scope, id));
  const std::map<std::string, std::string> ordered(key.tags().begin(), key.tags().end());
  Json::Array rows;
  std::string last;
  bool truncated = false;
  for (auto tag = ordered.upper_bound(page.after); tag != ordered.end(); ++tag) {
    truncated = rows.size() == page.limit;
    if (truncated) break;
    rows.push_back(Json(Json::Object{{"TagKey", tag->first}, {"TagValue", tag->second}}));
    last = tag->first;
  }
  Json body(Json::Object{{"Tags", Json(std::move(rows))}, {"Truncated", truncated}});
  if (truncated) body.Set("NextMarker", KmsMarker(last));
  return body;
}

}  // namespace hearth::controller
