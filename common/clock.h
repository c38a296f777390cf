// Clock is the only source of time; main.cc makes the real one, tests a FakeClock.
//
// Shapes:  Monotonic() for durations and deadlines (CLOCK_BOOTTIME), Wall() for what people and AWS clients read.
// Threads: any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/mutex.h"

namespace hearth {

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Wall() = 0;
  virtual MonotonicTime Monotonic() = 0;
};

class RealClock final : public Clock {
 public:
  WallTime Wall() override;
  MonotonicTime Monotonic() override;
};

// FakeClock stands still until Advance moves both times together.
class FakeClock final : public Clock {
 public:
  WallTime Wall() override;
  MonotonicTime Monotonic() override;
  void Advance(std::chrono::nanoseconds by);

 private:
  Mutex mutex_;
  std::chrono::nanoseconds elapsed_ GUARDED_BY(mutex_){0};
};

int64_t UnixMillis(WallTime time);
WallTime FromUnixMillis(int64_t unix_ms);

// "2026-01-31T09:30:00.123+0000", the form of FunctionConfiguration.LastModified. Source: api.md "Timestamp".
std::string FormatAwsTimestamp(WallTime time);
// "2026-01-31T09:30:00.123Z", the form of log lines and platform events.
std::string FormatIsoMillis(WallTime time);
// "20260131T093000Z", the form of X-Amz-Date.
std::string FormatAmzDate(WallTime time);

}  // namespace hearth
