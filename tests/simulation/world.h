// World is virtual time: what is to happen happens in the order of its time, and time jumps from one event to the next.
//
// Shapes:  two events of one moment happen in the order they were asked for. The same seed gives the same run.
// Errors:  none.
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <vector>

#include "common/clock.h"
#include "common/random.h"

namespace hearth::simulation {

using Nanoseconds = std::chrono::nanoseconds;

class World {
 public:
  explicit World(uint64_t seed) : random_(seed), draws_(seed ^ 0x9e3779b97f4a7c15u) {}

  FakeClock& clock() { return clock_; }
  SeededRandom& random() { return random_; }
  MonotonicTime Now() { return clock_.Monotonic(); }

  void After(Nanoseconds delay, std::function<void()> what);
  void At(MonotonicTime when, std::function<void()> what);
  // Everything up to `end`; then it is `end`.
  void RunUntil(MonotonicTime end);

  // Draws of the simulation itself, apart from those of the code under test.
  bool Chance(double probability) { return Uniform() < probability; }
  double Uniform();  // [0, 1)
  uint64_t Below(uint64_t bound) { return draws_() % bound; }
  Nanoseconds Exponential(Nanoseconds mean);
  Nanoseconds LogNormal(double mu, double sigma);  // of seconds

 private:
  struct Event {
    MonotonicTime when;
    uint64_t order;
    std::function<void()> what;
    bool operator<(const Event& other) const { return when != other.when ? when > other.when : order > other.order; }
  };

  FakeClock clock_;
  SeededRandom random_;
  std::mt19937_64 draws_;
  std::priority_queue<Event> events_;
  uint64_t next_order_ = 0;
};

}  // namespace hearth::simulation
