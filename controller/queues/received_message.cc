#include "controller/queues/received_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace hearth::controller {
namespace {

constexpr std::string_view kNames[] = {"All",
                                       "SenderId",
                                       "SentTimestamp",
                                       "ApproximateReceiveCount",
                                       "ApproximateFirstReceiveTimestamp",
                                       "SequenceNumber",
                                       "MessageDeduplicationId",
                                       "MessageGroupId",
                                       "AWSTraceHeader",
                                       "DeadLetterQueueSourceArn"};

}  // namespace

std::string SequenceNumberText(uint64_t number) { return fmt::format("{:020}", number); }

std::vector<std::pair<std::string, std::string>> SystemAttributesOf(const ReceivedMessage& received, bool fifo) {
  const records::QueueMessage& message = received.message;
  std::vector<std::pair<std::string, std::string>> attributes = {
      {"ApproximateReceiveCount", std::to_string(received.receives)},
      {"SentTimestamp", std::to_string(message.sent_ms())},
      {"SenderId", message.sender_id()},
      {"ApproximateFirstReceiveTimestamp", std::to_string(received.first_received_ms)}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) attributes.emplace_back(name, value);
  };
  if (fifo) add("SequenceNumber", SequenceNumberText(received.number));
  add("MessageGroupId", message.group());
  add("MessageDeduplicationId", message.deduplication_id());
  add("AWSTraceHeader", message.trace_header());
  add("DeadLetterQueueSourceArn", received.dead_letter_source);
  return attributes;
}

bool IsSystemAttribute(std::string_view name) {
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

bool IsSystemAttributeAsked(std::string_view name, const std::vector<std::string>& asked) {
  return std::any_of(asked.begin(), asked.end(), [&](const std::string& one) { return one == "All" || one == name; });
}

}  // namespace hearth::controller
