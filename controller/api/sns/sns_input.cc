#include "controller/api/sns/sns_input.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/crypto.h"
#include "common/errors.h"
#include "controller/api/sns/sns_errors.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxIndex = 1000;
constexpr size_t kArnParts = 6;
constexpr std::string_view kPagePrefix = "after:";

absl::Status InvalidArn(std::string_view parameter, const std::string& arn) {
  const auto parts = static_cast<size_t>(std::count(arn.begin(), arn.end(), ':')) + 1;
  if (parts >= kArnParts) return InvalidSns(parameter);
  return InvalidSns(
      fmt::format("{} Reason: An ARN must have at least {} elements, not {}", parameter, kArnParts, parts));
}

}  // namespace

const std::string* SnsInput::Find(std::string_view name) const { return form_.Find(prefix_ + std::string(name)); }

std::string SnsInput::Text(std::string_view name) const {
  const std::string* found = Find(name);
  return found == nullptr ? "" : *found;
}

absl::StatusOr<std::string> SnsInput::Required(std::string_view name) const {
  const std::string* found = Find(name);
  if (found == nullptr || found->empty()) return MissingSns(name);
  return *found;
}

absl::StatusOr<TopicId> SnsInput::Topic(std::string_view name) const {
  ASSIGN_OR_RETURN(const std::string arn, Required(name));
  std::optional<TopicId> topic = TopicOfArn(arn, region_);
  if (!topic) return InvalidArn(name, arn);
  return *std::move(topic);
}

absl::StatusOr<SubscriptionId> SnsInput::Subscription() const {
  constexpr std::string_view kName = "SubscriptionArn";
  ASSIGN_OR_RETURN(const std::string arn, Required(kName));
  std::optional<SubscriptionId> subscription = SubscriptionOfArn(arn, region_);
  if (!subscription) return InvalidArn(kName, arn);
  return *std::move(subscription);
}

std::map<std::string, std::string> SnsInput::Map(std::string_view name) const {
  std::map<std::string, std::string> map;
  for (size_t i = 1; i <= kMaxIndex; ++i) {
    const std::string* key = Find(fmt::format("{}.entry.{}.key", name, i));
    if (key == nullptr) break;
    map[*key] = Text(fmt::format("{}.entry.{}.value", name, i));
  }
  return map;
}

std::map<std::string, std::string> SnsInput::Tags() const {
  std::map<std::string, std::string> tags;
  for (size_t i = 1; i <= kMaxIndex; ++i) {
    const std::string* key = form_.InList("Tags", i, "Key");
    if (key == nullptr) break;
    const std::string* value = form_.InList("Tags", i, "Value");
    tags[*key] = value == nullptr ? "" : *value;
  }
  return tags;
}

Json SnsInput::MessageAttributes() const {
  Json attributes{Json::Object()};
  for (size_t i = 1; i <= kMaxIndex; ++i) {
    const std::string entry = fmt::format("MessageAttributes.entry.{}.", i);
    const std::string* name = Find(entry + "Name");
    if (name == nullptr) break;
    Json value{Json::Object()};
    for (const char* member : {"DataType", "StringValue", "BinaryValue"}) {
      if (const std::string* text = Find(fmt::format("{}Value.{}", entry, member))) value.Set(member, *text);
    }
    attributes.Set(*name, std::move(value));
  }
  return attributes;
}

std::string SnsInput::PageToken(std::string_view last) { return Base64Encode(fmt::format("{}{}", kPagePrefix, last)); }

absl::StatusOr<std::string> SnsInput::AfterPage() const {
  const std::string token = Text("NextToken");
  if (token.empty()) return std::string();
  const std::optional<std::string> text = Base64Decode(token);
  if (!text || !text->starts_with(kPagePrefix)) return InvalidSns("NextToken");
  return text->substr(kPagePrefix.size());
}

}  // namespace hearth::controller
