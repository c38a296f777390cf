// EventQueue decides which waiting event runs next: functions take turns, each as wide as it has shown to bear.
//
// Shapes:  events are known by their sequence; what they carry stays on disk. A function runs at most `window` events
// at
//          once: one more after each that ran, half as many after one that was throttled.
// Errors:  none.
// Threads: one.
// Limits:  kMaxRunning events run at once, kLargestWindow of one function; a waiting event takes about 50 bytes.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "common/clock.h"

namespace hearth::controller {

struct QueuedEntry {
  uint64_t sequence = 0;
  MonotonicTime accepted{};
  int32_t failed = 0;  // attempts that ended with a function error
  int32_t delays = 0;  // in a row
};

class EventQueue {
 public:
  static constexpr size_t kMaxRunning = 1000;
  static constexpr size_t kFirstWindow = 16;
  static constexpr size_t kLargestWindow = 500;

  // `function` is "account/name".
  void Add(const std::string& function, const QueuedEntry& entry, MonotonicTime due);

  struct Turn {
    std::string function;
    QueuedEntry entry;
  };
  // The next event to run now; it counts as running until Ended.
  std::optional<Turn> Take(MonotonicTime now);
  void Ended(const std::string& function, bool throttled);

  // When Take may have something it has not now, if nothing ends before; nullopt: only once something is added or ends.
  std::optional<MonotonicTime> NextDue() const;
  size_t waiting() const { return waiting_; }
  size_t running() const { return running_; }

 private:
  struct Function {
    std::string name;
    std::deque<QueuedEntry> ready;
    size_t running = 0;
    size_t delayed = 0;
    size_t window = kFirstWindow;
    bool in_turn = false;
  };

  Function& FunctionOf(const std::string& name);
  void Promote(MonotonicTime now);
  // Puts it at the end of the round when it may run something.
  void GiveTurn(Function& function);

  absl::flat_hash_map<std::string, std::unique_ptr<Function>> functions_;
  std::multimap<MonotonicTime, std::pair<Function*, QueuedEntry>> delayed_;
  std::list<Function*> turns_;
  size_t waiting_ = 0;
  size_t running_ = 0;
};

}  // namespace hearth::controller
