// DedupWindow remembers for five minutes what first-in-first-out queues took, so that it is taken once.
//
// Shapes:  a key is a deduplication id, or a group and an id, of one queue.
// Errors:  none.
// Threads: one at a time.
// Limits:  kMaxRemembered; who is full takes nothing more for a while.
// Source:  SQS Developer Guide, "Exactly-once processing in Amazon SQS".
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/clock.h"

namespace hearth::controller {

class DedupWindow {
 public:
  static constexpr std::chrono::minutes kLength{5};
  static constexpr size_t kMaxRemembered = 2'000'000;

  struct Taken {
    std::string message_id;
    uint64_t message = 0;
    MonotonicTime until{};
  };
  explicit DedupWindow(size_t limit = kMaxRemembered) : limit_(limit) {}

  using Key = std::pair<uint64_t, std::string>;  // the queue and what it took

  // nullptr when the queue took no such thing within the window.
  const Taken* Find(const Key& key, MonotonicTime now) const;
  void Remember(const Key& key, Taken taken);
  // Its message was not kept after all.
  void Forget(const Key& key, uint64_t message);
  // Takes out what is over; at most `limit`.
  std::vector<Key> TakeOver(MonotonicTime now, size_t limit);
  bool full() const { return taken_.size() >= limit_; }

 private:
  const size_t limit_;
  std::map<Key, Taken> taken_;
  std::multimap<MonotonicTime, Key> ends_;
};

}  // namespace hearth::controller
