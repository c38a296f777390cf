// Topic keys name what the rooms of topics keep in the database.
//
// Shapes:  "topic/<account>/<name>", "topic-subscription/<account>/<topic>/<id>", "topic-message/<16 hex>" and
//          "topic-delivery/<16 hex>", both by the message's number; "meta/topic-signing-key". No part holds a '/'.
// Threads: no state.
// Source:  docs/storage_format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "controller/topics/topic_types.h"

namespace hearth::controller {

inline constexpr std::string_view kTopicPrefix = "topic/";
inline constexpr std::string_view kTopicSubscriptionPrefix = "topic-subscription/";
inline constexpr std::string_view kTopicMessagePrefix = "topic-message/";
inline constexpr std::string_view kTopicDeliveryPrefix = "topic-delivery/";
inline constexpr std::string_view kTopicSigningKey = "meta/topic-signing-key";

std::string TopicKey(const TopicId& id);
std::string TopicSubscriptionKey(const SubscriptionId& id);
std::string TopicMessageKey(uint64_t number);
std::string TopicDeliveryKey(uint64_t number);
// The number of a message; nullopt when the key is none of one.
std::optional<uint64_t> ParseTopicMessageKey(std::string_view key);

}  // namespace hearth::controller
