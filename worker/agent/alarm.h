// Alarm calls a function on the poller thread once a delay has passed.
//
// Threads: any thread. Not set again while it is set.
#pragma once

#include <grpcpp/alarm.h>

#include <chrono>
#include <functional>
#include <utility>

#include "common/mutex.h"
#include "common/rpc/poller.h"

namespace hearth::worker {

class Alarm final : public rpc::Tag {
 public:
  Alarm(rpc::Poller& poller, std::function<void()> ring) : poller_(poller), ring_(std::move(ring)) {}

  void Set(std::chrono::milliseconds delay) {
    MutexLock lock(mutex_);
    if (cancelled_) return;
    poller_.Enter();
    const gpr_timespec when =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(delay.count(), GPR_TIMESPAN));
    poller_.Publish();
    alarm_.Set(&poller_.queue(), when, this);
  }
  // For good.
  void Cancel() {
    MutexLock lock(mutex_);
    cancelled_ = true;
    alarm_.Cancel();
  }

  void Proceed(bool rang) override {
    if (rang) ring_();
    poller_.Leave();
  }

 private:
  rpc::Poller& poller_;
  const std::function<void()> ring_;
  Mutex mutex_;
  bool cancelled_ GUARDED_BY(mutex_) = false;
  grpc::Alarm alarm_ GUARDED_BY(mutex_);
};

}  // namespace hearth::worker
