#include "controller/api/sns/subscription_attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "common/io/json.h"
#include "controller/api/sns/sns_errors.h"
#include "controller/queues/queue_types.h"
#include "controller/topics/topics.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kUnsupported[] = {"DeliveryPolicy", "ReplayPolicy", "SubscriptionRoleArn"};
constexpr char kOnBody[] = "MessageBody";
constexpr char kOnAttributes[] = "MessageAttributes";

absl::Status ApplyRaw(const std::string& value, records::TopicSubscription& row) {
  const bool yes = absl::EqualsIgnoreCase(value, "true");
  if (!yes && !absl::EqualsIgnoreCase(value, "false")) return InvalidSns("RawMessageDelivery");
  if (yes && row.protocol() == kLambdaProtocol) {
    return InvalidSns(fmt::format("Delivery protocol [{}] does not support raw message delivery.", row.protocol()));
  }
  row.set_raw(yes);
  return absl::OkStatus();
}

absl::Status ApplyRedrive(const std::string& value, std::string_view region, records::TopicSubscription& row) {
  row.clear_dead_letter_arn();
  if (value.empty()) return absl::OkStatus();
  const absl::StatusOr<Json> policy = Json::Parse(value);
  if (!policy.ok() || !policy->is_object()) return InvalidSns("RedrivePolicy: failed to parse JSON.");
  const Json* arn = policy->Find("deadLetterTargetArn");
  const std::optional<QueueId> queue =
      arn != nullptr && arn->is_string() ? QueueOfArn(arn->as_string(), region) : std::nullopt;
  if (!queue || queue->account != row.owner())
    return InvalidSns("RedrivePolicy: deadLetterTargetArn is an invalid arn");
  if (queue->name.ends_with(".fifo"))
    return InvalidSns("RedrivePolicy: must use a standard queue as DLQ for a subscription to a standard Topic");
  row.set_dead_letter_arn(arn->as_string());
  return absl::OkStatus();
}

}  // namespace

absl::Status ApplySubscriptionAttribute(const std::string& name, const std::string& value, std::string_view region,
                                        records::TopicSubscription& row) {
  if (name == "RawMessageDelivery") return ApplyRaw(value, row);
  if (name == "RedrivePolicy") return ApplyRedrive(value, region, row);
  if (name == "FilterPolicy") {
    row.set_filter_policy(value);
    return absl::OkStatus();
  }
  if (name == "FilterPolicyScope") {
    if (value != kOnBody && value != kOnAttributes) return InvalidSns("FilterPolicyScope: Invalid value");
    row.set_filters_body(value == kOnBody);
    return absl::OkStatus();
  }
  if (std::find(std::begin(kUnsupported), std::end(kUnsupported), name) == std::end(kUnsupported))
    return InvalidSns("AttributeName");
  return value.empty() ? absl::OkStatus() : UnsupportedSns("AttributeName", name);
}

absl::Status CheckSubscription(const records::TopicSubscription& row) {
  const absl::Status compiled = SubscriberOf(row).status();
  return compiled.ok() ? compiled : InvalidSns(fmt::format("FilterPolicy: {}", std::string(compiled.message())));
}

std::map<std::string, std::string> SubscriptionAttributes(const records::TopicSubscription& row,
                                                          std::string_view region) {
  std::map<std::string, std::string> attributes = {
      {"SubscriptionArn", SubscriptionArn(region, IdOf(row))},
      {"TopicArn", TopicArn(region, IdOf(row).topic)},
      {"Protocol", row.protocol()},
      {"Endpoint", row.endpoint()},
      {"Owner", row.owner()},
      {"SubscriptionPrincipal", row.principal()},
      {"ConfirmationWasAuthenticated", row.token().empty() ? "true" : "false"},
      {"PendingConfirmation", row.pending() ? "true" : "false"},
      {"RawMessageDelivery", row.raw() ? "true" : "false"}};
  if (!row.filter_policy().empty()) {
    attributes["FilterPolicy"] = row.filter_policy();
    attributes["FilterPolicyScope"] = row.filters_body() ? kOnBody : kOnAttributes;
  }
  if (!row.dead_letter_arn().empty())
    attributes["RedrivePolicy"] = Json(Json::Object{{"deadLetterTargetArn", row.dead_letter_arn()}}).Dump();
  return attributes;
}

}  // namespace hearth::controller
