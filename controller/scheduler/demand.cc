#include "controller/scheduler/demand.h"

#include <algorithm>
#include <cmath>

namespace hearth::controller {
namespace {

constexpr double kNewSampleWeight = 0.2;
constexpr double kAssumedStartMicros = 250'000;
constexpr double kShortestMicros = 1'000;  // keeps quotients finite; nothing shorter is worth telling apart

void Blend(std::optional<double>& average, double sample) {
  average = average ? *average + kNewSampleWeight * (sample - *average) : sample;
}

double Micros(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1000; }

}  // namespace

void Demand::ObserveDuration(std::chrono::microseconds duration) { Blend(duration_us_, Micros(duration)); }

void Demand::ObserveStart(std::chrono::microseconds start) { Blend(start_us_, Micros(start)); }

double Demand::StartMicros() const { return std::max(start_us_.value_or(kAssumedStartMicros), kShortestMicros); }

size_t Demand::StartsNeeded(const Situation& now) const {
  if (now.waiting <= now.starting || now.starting >= now.max_starting) return 0;
  size_t needed = Unserved(now);
  // Somebody waited all through two starts: what was expected to serve them does not keep up. Twice as many may.
  const bool overdue = Micros(std::max(now.oldest_wait, now.hungry_for)) > 2 * StartMicros();
  if (overdue && now.starting == 0) needed = std::max({needed, now.busy, size_t{1}});
  return std::min({needed, now.waiting - now.starting, now.max_starting - now.starting});
}

size_t Demand::Unserved(const Situation& now) const {
  if (!duration_us_) return now.waiting - now.starting;
  const double start = StartMicros();
  // Waiting through two starts is part of the plan; what the head waited longer, the runs must have taken.
  const double duration = std::max({*duration_us_, Micros(now.oldest_wait) - 2 * start, kShortestMicros});
  const double busy = static_cast<double>(now.busy), starting = static_cast<double>(now.starting);
  const double left = static_cast<double>(now.waiting) - busy * start / duration;
  if (left <= 0) return 0;
  // Enough to serve what is left within one more start time.
  const double missing = std::ceil(left * duration / start) - busy - starting;
  return missing <= 0 ? 0 : static_cast<size_t>(missing);
}

}  // namespace hearth::controller
