// DeliverySchedule is when a delivery that failed is tried again.
//
// Threads: no state.
// Source:  SNS Developer Guide, "Amazon SNS message delivery retries": of endpoints that AWS runs itself, three times
// at
//          once, two times a second apart, ten times ever later, then every 20 seconds. Of
//          URLs: three times, 20 seconds apart.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace hearth::controller {

inline constexpr int kImmediateRetries = 3;
inline constexpr int kSoonRetries = 2;
inline constexpr int kGrowingRetries = 10;
inline constexpr int kSteadyRetries = 100'000;
inline constexpr std::chrono::milliseconds kSoon{1000};
inline constexpr std::chrono::milliseconds kLatest{20'000};

inline constexpr int kFarRetries = 3;

// What to wait after so many failures in a row, one or more; nullopt: it is given up. `far`: of a URL.
inline std::optional<std::chrono::milliseconds> DelayAfter(int failures, bool far = false) {
  if (far) return failures <= kFarRetries ? std::optional(kLatest) : std::nullopt;
  if (failures <= kImmediateRetries) return std::chrono::milliseconds(0);
  failures -= kImmediateRetries;
  if (failures <= kSoonRetries) return kSoon;
  failures -= kSoonRetries;
  if (failures <= kGrowingRetries) return std::min(kSoon * (1 << std::min(failures - 1, 10)), kLatest);
  return failures <= kGrowingRetries + kSteadyRetries ? std::optional(kLatest) : std::nullopt;
}

}  // namespace hearth::controller
