// What goes into queues and comes out of them.
//
// Shapes:  a queue is named by its account and its name; its ARN is "arn:aws:sqs:REGION:ACCOUNT:NAME".
// Threads: value types.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/queue_records.pb.h"

namespace hearth::controller {

struct QueueId {
  std::string account;
  std::string name;
  auto operator<=>(const QueueId&) const = default;
};

using QueuePtr = std::shared_ptr<const records::Queue>;

inline QueueId IdOf(const records::Queue& queue) { return {queue.account(), queue.name()}; }
std::string QueueArn(std::string_view region, const QueueId& id);
// nullopt when it is no queue of this region.
std::optional<QueueId> QueueOfArn(std::string_view arn, std::string_view region);

struct NewMessage {
  records::QueueMessage message;                             // all but its id and the time
  std::optional<std::chrono::seconds> delay = std::nullopt;  // the queue's otherwise
  std::string row = {};                                      // filled by Queues
};

struct SentMessage {
  std::string message_id;
  uint64_t number = 0;  // greater than that of every message sent before
};

struct ReceiveRequest {
  size_t limit = 1;
  std::optional<std::chrono::seconds> visibility = std::nullopt;  // the queue's otherwise
  std::chrono::milliseconds wait{0};
  std::string attempt_id = {};                // a repeated attempt gets what the first one got
  std::function<bool()> abandoned = nullptr;  // whoever asked is gone; asked with a lock held
};

struct ReceivedMessage {
  records::QueueMessage message;
  std::string receipt;
  uint64_t number = 0;  // of the message when it was sent
  int32_t receives = 0;
  int64_t first_received_ms = 0;
  std::string dead_letter_source = {};
};

struct VisibilityChange {
  std::string receipt;
  std::chrono::seconds visibility{0};
};

struct QueueCounts {
  size_t visible = 0;
  size_t delayed = 0;
  size_t in_flight = 0;
};

}  // namespace hearth::controller
