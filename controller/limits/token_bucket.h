// TokenBucket paces what may happen at most so often: it fills at a rate, and holds what a burst may take at once.
//
// Shapes:  tokens and capacity are counts; the rate is tokens a second. A new bucket is full. Rate and capacity are
// given
//          each time, for they may change.
// Threads: guarded by its owner.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "common/clock.h"

namespace hearth::controller {

class TokenBucket {
 public:
  bool Take(double per_second, double capacity, MonotonicTime now) {
    Fill(per_second, capacity, now);
    if (tokens_ < 1) return false;
    --tokens_;
    return true;
  }
  // What was taken last came to nothing.
  void GiveBack() { ++tokens_; }
  // Not asked for that long: full by now, where that is the time a bucket takes to fill.
  bool IsIdle(MonotonicTime now, std::chrono::nanoseconds period) const { return !filled_ || now - *filled_ >= period; }

 private:
  void Fill(double per_second, double capacity, MonotonicTime now) {
    const double seconds = filled_ ? std::chrono::duration<double>(now - *filled_).count() : 0;
    tokens_ = filled_ ? std::min(capacity, tokens_ + seconds * per_second) : capacity;
    filled_ = now;
  }

  double tokens_ = 0;
  std::optional<MonotonicTime> filled_;  // nullopt: never used
};

}  // namespace hearth::controller
