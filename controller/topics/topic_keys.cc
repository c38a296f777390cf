#include "controller/topics/topic_keys.h"

#include <fmt/format.h>

#include <charconv>

namespace hearth::controller {

std::string TopicKey(const TopicId& id) { return fmt::format("{}{}/{}", kTopicPrefix, id.account, id.name); }

std::string TopicSubscriptionKey(const SubscriptionId& id) {
  return fmt::format("{}{}/{}/{}", kTopicSubscriptionPrefix, id.topic.account, id.topic.name, id.id);
}

std::string TopicMessageKey(uint64_t number) { return fmt::format("{}{:016x}", kTopicMessagePrefix, number); }

std::string TopicDeliveryKey(uint64_t number) { return fmt::format("{}{:016x}", kTopicDeliveryPrefix, number); }

std::optional<uint64_t> ParseTopicMessageKey(std::string_view key) {
  constexpr size_t kDigits = 16;
  if (!key.starts_with(kTopicMessagePrefix) || key.size() != kTopicMessagePrefix.size() + kDigits) return std::nullopt;
  uint64_t number = 0;
  const char* const end = key.data() + key.size();
  const auto parsed = std::from_chars(end - kDigits, end, number, 16);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

}  // namespace hearth::controller
