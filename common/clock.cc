#include "common/clock.h"

#include <fmt/format.h>
#include <time.h>

namespace hearth {
namespace {

std::chrono::nanoseconds Read(clockid_t id) {
  timespec spec{};
  clock_gettime(id, &spec);
  return std::chrono::seconds(spec.tv_sec) + std::chrono::nanoseconds(spec.tv_nsec);
}

struct Parts {
  tm utc;
  int64_t millis;
};

Parts Split(WallTime time) {
  const int64_t unix_ms = UnixMillis(time);
  const time_t seconds = static_cast<time_t>(unix_ms / 1000);
  Parts parts{{}, unix_ms % 1000};
  gmtime_r(&seconds, &parts.utc);
  return parts;
}

std::string FormatDateTime(const Parts& parts) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}", parts.utc.tm_year + 1900, parts.utc.tm_mon + 1,
                     parts.utc.tm_mday, parts.utc.tm_hour, parts.utc.tm_min, parts.utc.tm_sec, parts.millis);
}

// 2026-01-01T00:00:00Z, so that fake times look like times.
constexpr std::chrono::seconds kFakeEpoch{1767225600};

}  // namespace

WallTime RealClock::Wall() {
  return WallTime(std::chrono::duration_cast<std::chrono::microseconds>(Read(CLOCK_REALTIME)));
}

MonotonicTime RealClock::Monotonic() { return MonotonicTime(Read(CLOCK_BOOTTIME)); }

WallTime FakeClock::Wall() {
  MutexLock lock(mutex_);
  return WallTime(kFakeEpoch + std::chrono::duration_cast<std::chrono::microseconds>(elapsed_));
}

MonotonicTime FakeClock::Monotonic() {
  MutexLock lock(mutex_);
  return MonotonicTime(std::chrono::seconds(1) + elapsed_);
}

void FakeClock::Advance(std::chrono::nanoseconds by) {
  MutexLock lock(mutex_);
  elapsed_ += by;
}

int64_t UnixMillis(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

WallTime FromUnixMillis(int64_t unix_ms) { return WallTime(std::chrono::milliseconds(unix_ms)); }

std::string FormatAwsTimestamp(WallTime time) { return FormatDateTime(Split(time)) + "+0000"; }

std::string FormatIsoMillis(WallTime time) { return FormatDateTime(Split(time)) + "Z"; }

std::string FormatAmzDate(WallTime time) {
  const Parts parts = Split(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", parts.utc.tm_year + 1900, parts.utc.tm_mon + 1,
                     parts.utc.tm_mday, parts.utc.tm_hour, parts.utc.tm_min, parts.utc.tm_sec);
}

}  // namespace hearth
