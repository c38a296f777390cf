// ShippedLogs remembers how far one worker's log batches have been kept, so that none is kept twice.
//
// A worker sends again what was not acknowledged before its stream broke, though it may have been kept: the
// acknowledgement was lost, or the batch is being written while it arrives anew.
//
// Shapes:  sequences grow by one or more from batch to batch for as long as the worker's process lives.
// Threads: any thread; one mutex, held for a comparison.
// Lifetime: one for each epoch of a worker. A controller that starts anew has forgotten it.
#pragma once

#include <cstdint>

#include "common/mutex.h"

namespace hearth::controller {

class ShippedLogs {
 public:
  enum class Verdict {
    kNew,       // keep it, then say so with Ended
    kKept,      // acknowledge it, nothing else
    kUnderWay,  // another stream is at it: later
  };

  Verdict Begin(uint64_t sequence) {
    MutexLock lock(mutex_);
    if (sequence <= kept_) return Verdict::kKept;
    if (under_way_) return Verdict::kUnderWay;
    under_way_ = true;
    return Verdict::kNew;
  }
  void Ended(uint64_t sequence, bool kept) {
    MutexLock lock(mutex_);
    under_way_ = false;
    if (kept) kept_ = sequence;
  }

 private:
  Mutex mutex_;
  uint64_t kept_ GUARDED_BY(mutex_) = 0;  // this one and all before it
  bool under_way_ GUARDED_BY(mutex_) = false;
};

}  // namespace hearth::controller
