#include "controller/api/sts/session_tags.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "common/errors.h"
#include "common/same_text.h"
#include "common/text_escape.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/patterns.h"
#include "controller/api/sts/session_condition_keys.h"
#include "controller/api/sts/sts_request.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxKey = 128;
constexpr size_t kMaxValue = 256;
constexpr size_t kMinSource = 2;
constexpr size_t kMaxSource = 64;
constexpr std::string_view kRequestTag = "aws:requesttag/";
constexpr std::string_view kReserved = "aws:";

const std::string* ValueOf(const std::map<std::string, std::string>& tags, std::string_view key) {
  const auto found = std::find_if(tags.begin(), tags.end(), [&](const auto& tag) { return SameText(tag.first, key); });
  return found == tags.end() ? nullptr : &found->second;
}

bool IsTagKey(const std::string& key) {
  return !key.empty() && Utf16Length(key) <= kMaxKey && kTagPattern.matches(key);
}

void ValidateKey(const std::string& member, std::string_view key, Validation& validation) {
  validation.Length(member, key, 1, kMaxKey);
  validation.Pattern(member, key, kTagPattern);
}

absl::Status InvalidParameter(std::string_view message) { return AwsError("InvalidParameterValue", message); }

}  // namespace

absl::StatusOr<SessionTraits> SessionTraits::Read(const QueryInput& input, Validation& validation) {
  SessionTraits traits;
  const size_t count = input.ListSize("Tags");
  for (size_t i = 1; i <= count; ++i) {
    const std::string* key = input.InList("Tags", i, "Key");
    const std::string* value = input.InList("Tags", i, "Value");
    const std::string member = fmt::format("tags.{}.member.", i);
    validation.NotNull(member + "key", key != nullptr);
    validation.NotNull(member + "value", value != nullptr);
    if (key == nullptr || value == nullptr) continue;
    ValidateKey(member + "key", *key, validation);
    validation.Length(member + "value", *value, 0, kMaxValue);
    validation.Pattern(member + "value", *value, kTagPattern);
    if (ValueOf(traits.tags, *key) != nullptr) {
      return AwsError("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
    traits.tags[*key] = *value;
  }
  traits.requested_tags = traits.tags;
  traits.transitive_tag_keys = input.List("TransitiveTagKeys");
  for (const std::string& key : traits.transitive_tag_keys) ValidateKey("transitiveTagKeys", key, validation);
  if (const std::string* source = input.Find("SourceIdentity")) {
    validation.Length("sourceIdentity", *source, kMinSource, kMaxSource);
    validation.Pattern("sourceIdentity", *source, kSessionNamePattern);
    traits.source_identity = *source;
  }
  return traits;
}

bool SessionTraits::AreWellFormed() const {
  for (const auto& [key, value] : tags) {
    if (!IsTagKey(key) || Utf16Length(value) > kMaxValue || !kTagPattern.matches(value)) return false;
    const auto twice = [&, &name = key](const auto& tag) { return tag.first != name && SameText(tag.first, name); };
    if (std::any_of(tags.begin(), tags.end(), twice)) return false;
  }
  if (!std::all_of(transitive_tag_keys.begin(), transitive_tag_keys.end(), IsTagKey)) return false;
  return source_identity.empty() || (source_identity.size() >= kMinSource && source_identity.size() <= kMaxSource &&
                                     kSessionNamePattern.matches(source_identity));
}

absl::Status SessionTraits::CheckBounds() const {
  if (tags.size() > kMaxTags || transitive_tag_keys.size() > kMaxTags) {
    return InvalidParameter(fmt::format("A session has at most {} tags.", kMaxTags));
  }
  size_t bytes = 0;
  for (const auto& [key, value] : tags) bytes += key.size() + value.size();
  return bytes > kMaxBytes ? SessionTooLarge() : absl::OkStatus();
}

absl::Status SessionTraits::Check() const {
  for (const auto& [key, value] : tags) {
    if (!SameText(key.substr(0, kReserved.size()), kReserved)) continue;
    return InvalidParameter(fmt::format("Tag key {}: the prefix aws: is reserved for system use.", key));
  }
  RETURN_IF_ERROR(CheckBounds());
  for (const std::string& key : transitive_tag_keys) {
    if (ValueOf(tags, key) == nullptr) {
      return InvalidParameter("The specified transitive tag key must be included in the requested tags.");
    }
  }
  return absl::OkStatus();
}

absl::Status SessionTraits::Inherit(const Identity& caller) {
  for (const std::string& key : caller.transitive_tag_keys) {
    const std::string* value = ValueOf(caller.session_tags, key);
    if (value == nullptr) continue;
    if (ValueOf(tags, key) != nullptr) {
      return InvalidParameter(
          "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
          "the calling session.");
    }
    tags[key] = *value;
    transitive_tag_keys.push_back(key);
  }
  RETURN_IF_ERROR(CheckBounds());
  if (caller.source_identity.empty()) return absl::OkStatus();
  if (!source_identity.empty() && source_identity != caller.source_identity) {
    return AwsError("AccessDenied", "The source identity of a session cannot be changed once it is set.");
  }
  source_identity = caller.source_identity;
  return absl::OkStatus();
}

void SessionConditionKeys::Add(std::string lower_case_key, std::vector<std::string> values) {
  more_.insert_or_assign(std::move(lower_case_key), std::move(values));
}

void SessionConditionKeys::Find(std::string_view key, ConditionValues& values) const {
  if (key.starts_with(kRequestTag)) {
    const std::string* value = ValueOf(traits_.requested_tags, key.substr(kRequestTag.size()));
    if (value != nullptr) values.push_back(*value);
  } else if (key == "aws:tagkeys") {
    for (const auto& [name, value] : traits_.requested_tags) values.push_back(name);
  } else if (key == "sts:transitivetagkeys") {
    for (const std::string& name : traits_.transitive_tag_keys) values.push_back(name);
  } else if (key == "sts:sourceidentity") {
    if (!traits_.source_identity.empty()) values.push_back(traits_.source_identity);
  } else if (const auto found = more_.find(key); found != more_.end()) {
    for (const std::string& value : found->second) values.push_back(value);
  } else {
    call_keys_.Find(key, values);
  }
}

}  // namespace hearth::controller
