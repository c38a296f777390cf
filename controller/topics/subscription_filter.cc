#include "controller/topics/subscription_filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"

namespace hearth::controller {
namespace {

absl::Status CheckFlat(const Json& policy) {
  for (const auto& [name, value] : policy.as_object()) {
    if (value.is_object())
      return absl::InvalidArgumentError("Filter policy scope MessageAttributes does not support nested filter policy");
    if (name != "$or" || !value.is_array()) continue;
    for (const Json& branch : value.as_array()) {
      if (branch.is_object()) RETURN_IF_ERROR(CheckFlat(branch));
    }
  }
  return absl::OkStatus();
}

// The keys of a pattern that have conditions.
size_t KeysOf(const Json& pattern) {
  size_t keys = 0;
  for (const auto& [name, value] : pattern.as_object()) {
    if (value.is_object()) {
      keys += KeysOf(value);
    } else if (name == "$or" && value.is_array()) {
      for (const Json& branch : value.as_array()) keys += branch.is_object() ? KeysOf(branch) : 0;
    } else {
      ++keys;
    }
  }
  return keys;
}

Json ValueOf(const records::QueueMessageAttribute& attribute) {
  const std::string_view type = attribute.type();
  const std::string_view kind = type.substr(0, type.find('.'));
  if (type != "String.Array" && kind != "Number") return Json(attribute.value());
  absl::StatusOr<Json> value = Json::Parse(attribute.value());
  const bool usable = value.ok() && (kind == "Number" ? value->is_number() : value->is_array());
  return usable ? *std::move(value) : Json(attribute.value());
}

Json AttributesOf(const records::TopicMessage& message) {
  Json view{Json::Object()};
  for (const records::QueueMessageAttribute& attribute : message.attributes()) {
    if (!attribute.binary()) view.Set(attribute.name(), ValueOf(attribute));
  }
  return view;
}

}  // namespace

absl::StatusOr<SubscriptionFilter> SubscriptionFilter::Parse(std::string_view policy, bool on_body) {
  const absl::StatusOr<Json> parsed = Json::Parse(policy);
  if (!parsed.ok() || !parsed->is_object()) return absl::InvalidArgumentError("failed to parse JSON.");
  if (!on_body) RETURN_IF_ERROR(CheckFlat(*parsed));
  if (KeysOf(*parsed) > kMaxKeys)
    return absl::InvalidArgumentError(fmt::format("Filter policy can not have more than {} keys", kMaxKeys));
  ASSIGN_OR_RETURN(EventPattern pattern, EventPattern::Parse(policy));
  return SubscriptionFilter(std::move(pattern), on_body);
}

bool SubscriptionFilter::Matches(const records::TopicMessage& message, const std::string& protocol) const {
  if (!on_body_) return pattern_.Matches(AttributesOf(message));
  const absl::StatusOr<Json> body = Json::Parse(TextFor(message, protocol));
  return body.ok() && body->is_object() && pattern_.Matches(*body);
}

}  // namespace hearth::controller
