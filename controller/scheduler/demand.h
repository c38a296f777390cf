// Demand decides how many environments to start for the requests that wait, from what was observed of one key.
//
// Those that run absorb waiting requests while new ones start; only what is left justifies a start. A burst of 1,000
// requests of 5 ms each is served by a handful of environments, one of 1,000 requests of a second each gets 1,000.
// Threads: guarded by its owner.
// Source:  docs/ARCHITECTURE.md "Placement": need = ceil(rate x duration) - busy.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace hearth::controller {

struct Situation {
  size_t waiting = 0;
  size_t starting = 0;
  size_t busy = 0;
  std::chrono::nanoseconds oldest_wait{0};
  std::chrono::nanoseconds hungry_for{0};  // since when somebody always waited
  size_t max_starting = 0;
};

class Demand {
 public:
  void ObserveDuration(std::chrono::microseconds duration);
  void ObserveStart(std::chrono::microseconds start);

  // Never more than keeps `starting` within `waiting`.
  size_t StartsNeeded(const Situation& now) const;

 private:
  double StartMicros() const;
  size_t Unserved(const Situation& now) const;

  std::optional<double> duration_us_;  // moving averages
  std::optional<double> start_us_;
};

}  // namespace hearth::controller
