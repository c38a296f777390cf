// DeadlineTimer keeps any number of deadlines on one loop; arming and cancelling one costs a map operation, no timer.
//
// Shapes:  a deadline runs at or up to a few milliseconds after its time, in order of time.
// Threads: the loop's.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <memory>

#include "common/clock.h"
#include "worker/environments/event_loop.h"

namespace hearth::worker {

class DeadlineTimer {
 public:
  struct Id {
    MonotonicTime when{};
    uint64_t number = 0;  // 0: none
    auto operator<=>(const Id&) const = default;
  };

  DeadlineTimer(EventLoop& loop, Clock& clock) : loop_(loop), clock_(clock) {}

  Id Arm(MonotonicTime when, std::function<void()> action);
  // Forgets the deadline and clears `id`; nothing when it has run or was never armed.
  void Cancel(Id& id);

 private:
  void Schedule();
  void RunDue();

  EventLoop& loop_;
  Clock& clock_;
  std::map<Id, std::function<void()>> deadlines_;
  uint64_t last_number_ = 0;
  MonotonicTime scheduled_for_ = MonotonicTime::max();
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // a task on the loop may outlive this
};

}  // namespace hearth::worker
