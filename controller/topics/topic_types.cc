#include "controller/topics/topic_types.h"

#include <fmt/format.h>

#include "common/arn.h"

namespace hearth::controller {
namespace {

constexpr char kDefault[] = "default";

// What stands behind the account; nullopt when it is nothing of SNS in this region.
std::optional<Arn> SnsArn(std::string_view text, std::string_view region) {
  std::optional<Arn> arn = Arn::Parse(text);
  if (!arn || arn->service != "sns" || arn->region != region || arn->account.empty()) return std::nullopt;
  return arn;
}

}  // namespace

std::string TopicArn(std::string_view region, const TopicId& id) {
  return fmt::format("arn:aws:sns:{}:{}:{}", region, id.account, id.name);
}

std::string SubscriptionArn(std::string_view region, const SubscriptionId& id) {
  return fmt::format("{}:{}", TopicArn(region, id.topic), id.id);
}

std::optional<TopicId> TopicOfArn(std::string_view text, std::string_view region) {
  const std::optional<Arn> arn = SnsArn(text, region);
  if (!arn || arn->resource.empty() || arn->resource.find(':') != std::string::npos) return std::nullopt;
  return TopicId{arn->account, arn->resource};
}

std::optional<SubscriptionId> SubscriptionOfArn(std::string_view text, std::string_view region) {
  const std::optional<Arn> arn = SnsArn(text, region);
  const size_t colon = arn ? arn->resource.find(':') : std::string::npos;
  if (colon == std::string::npos || colon == 0 || colon + 1 == arn->resource.size()) return std::nullopt;
  return SubscriptionId{{arn->account, arn->resource.substr(0, colon)}, arn->resource.substr(colon + 1)};
}

const std::string& TextFor(const records::TopicMessage& message, const std::string& protocol) {
  static const std::string kNone;
  const auto own = message.texts().find(protocol);
  if (own != message.texts().end()) return own->second;
  const auto common = message.texts().find(kDefault);
  return common == message.texts().end() ? kNone : common->second;
}

}  // namespace hearth::controller
