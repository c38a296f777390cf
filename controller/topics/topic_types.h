// What topics and their subscriptions are called.
//
// Shapes:  a topic's ARN is "arn:aws:sns:REGION:ACCOUNT:NAME", a subscription's the same with ":ID" behind it.
// Threads: value types.
#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proto/topic_records.pb.h"

namespace hearth::controller {

inline constexpr std::string_view kSnsService = "sns.amazonaws.com";  // the principal that delivers
inline constexpr std::string_view kSqsProtocol = "sqs";
inline constexpr std::string_view kLambdaProtocol = "lambda";
inline constexpr std::string_view kHttpProtocol = "http";
inline constexpr std::string_view kHttpsProtocol = "https";

// Whether a protocol's endpoints are URLs: of others, who may take their time.
inline bool IsFar(std::string_view protocol) { return protocol == kHttpProtocol || protocol == kHttpsProtocol; }

struct TopicId {
  std::string account;
  std::string name;
  auto operator<=>(const TopicId&) const = default;
};
struct SubscriptionId {
  TopicId topic;
  std::string id;
  auto operator<=>(const SubscriptionId&) const = default;
};

using TopicPtr = std::shared_ptr<const records::Topic>;

inline TopicId IdOf(const records::Topic& topic) { return {topic.account(), topic.name()}; }
inline TopicId TopicOf(const records::TopicMessage& message) { return {message.account(), message.topic()}; }
inline SubscriptionId IdOf(const records::TopicSubscription& row) { return {{row.account(), row.topic()}, row.id()}; }
std::string TopicArn(std::string_view region, const TopicId& id);
std::string SubscriptionArn(std::string_view region, const SubscriptionId& id);
// nullopt when it is none of this region.
std::optional<TopicId> TopicOfArn(std::string_view arn, std::string_view region);
std::optional<SubscriptionId> SubscriptionOfArn(std::string_view arn, std::string_view region);
// The text of a message for one protocol.
const std::string& TextFor(const records::TopicMessage& message, const std::string& protocol);

}  // namespace hearth::controller
