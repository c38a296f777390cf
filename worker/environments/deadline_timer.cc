#include "worker/environments/deadline_timer.h"

#include <algorithm>
#include <utility>

namespace hearth::worker {

DeadlineTimer::Id DeadlineTimer::Arm(MonotonicTime when, std::function<void()> action) {
  const Id id{when, ++last_number_};
  deadlines_.emplace(id, std::move(action));
  Schedule();
  return id;
}

void DeadlineTimer::Cancel(Id& id) {
  if (id.number != 0) deadlines_.erase(id);
  id = {};
}

// One task waits on the loop for the earliest deadline; a later one that is cancelled costs nothing.
void DeadlineTimer::Schedule() {
  if (deadlines_.empty() || deadlines_.begin()->first.when >= scheduled_for_) return;
  scheduled_for_ = deadlines_.begin()->first.when;
  const auto delay = std::max(scheduled_for_ - clock_.Monotonic(), std::chrono::nanoseconds(0));
  loop_.PostAfter(std::chrono::ceil<std::chrono::milliseconds>(delay),
                  [this, alive = std::weak_ptr<bool>(alive_), mine = scheduled_for_] {
                    if (alive.expired() || mine != scheduled_for_) return;  // an earlier task took over
                    scheduled_for_ = MonotonicTime::max();
                    RunDue();
                    Schedule();
                  });
}

void DeadlineTimer::RunDue() {
  const MonotonicTime now = clock_.Monotonic();
  while (!deadlines_.empty() && deadlines_.begin()->first.when <= now) {
    const std::function<void()> action = std::move(deadlines_.begin()->second);
    deadlines_.erase(deadlines_.begin());
    action();
  }
}

}  // namespace hearth::worker
