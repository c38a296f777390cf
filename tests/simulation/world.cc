#include "tests/simulation/world.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hearth::simulation {

void World::After(Nanoseconds delay, std::function<void()> what) { At(Now() + delay, std::move(what)); }

void World::At(MonotonicTime when, std::function<void()> what) {
  events_.push({std::max(when, Now()), next_order_++, std::move(what)});
}

void World::RunUntil(MonotonicTime end) {
  while (!events_.empty() && events_.top().when <= end) {
    const MonotonicTime when = events_.top().when;
    const std::function<void()> what = std::move(const_cast<Event&>(events_.top()).what);
    events_.pop();
    clock_.Advance(when - Now());
    what();
  }
  clock_.Advance(std::max(end - Now(), Nanoseconds(0)));
}

double World::Uniform() { return static_cast<double>(draws_() >> 11) * 0x1.0p-53; }

Nanoseconds World::Exponential(Nanoseconds mean) {
  const double draw = -std::log(1 - Uniform());
  return Nanoseconds(static_cast<int64_t>(draw * static_cast<double>(mean.count())));
}

// Box-Muller: std::lognormal_distribution draws differently from one standard library to the next.
Nanoseconds World::LogNormal(double mu, double sigma) {
  const double normal = std::sqrt(-2 * std::log(1 - Uniform())) * std::cos(2 * 3.14159265358979323846 * Uniform());
  return Nanoseconds(static_cast<int64_t>(std::exp(mu + sigma * normal) * 1e9));
}

}  // namespace hearth::simulation
