#include "tests/simulation/workload.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace hearth::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Point {
  double value;
  double share;  // of the functions, at or below `value`
};

// Invocations a day. Source: performance.md, "Rate per function".
constexpr std::array<Point, 12> kRates = {{{0.07, 0.07},
                                           {0.5, 0.21},
                                           {1, 0.34},
                                           {5, 0.50},
                                           {24, 0.645},
                                           {96, 0.735},
                                           {288, 0.84},
                                           {1440, 0.93},
                                           {1e4, 0.97},
                                           {1e5, 0.992},
                                           {1e6, 0.9985},
                                           {1e8, 1.0}}};
// Run time of a function, ln of seconds. Source: performance.md, "Execution time".
constexpr double kRunMu = -0.38, kRunSigma = 2.36;
constexpr int kLargestBurst = 20;

double LogInterpolated(const Point& a, const Point& b, double share) {
  const double part = (share - a.share) / (b.share - a.share);
  return std::exp(std::log(a.value) + part * (std::log(b.value) - std::log(a.value)));
}

// Burr(c = 11.652, k = 0.221, lambda = 107.083), in MB. Source: performance.md, "Memory per app".
int64_t MemoryMb(double draw) {
  const double mb = 107.083 * std::pow(std::pow(1 - draw, -1 / 0.221) - 1, 1 / 11.652);
  return std::clamp<int64_t>(static_cast<int64_t>(std::ceil(mb / 64)) * 64, 128, 1024);
}

}  // namespace

Workload::Workload(WorkloadOptions options, World& world) : options_(options), world_(world) {
  double total = 0;
  for (int i = 0; i < options_.functions; ++i) {
    SimulatedFunction function;
    function.name = "f" + std::to_string(i);
    function.index = i;
    function.weight = RequestsPerDay();
    function.memory_mb = MemoryMb(world_.Uniform());
    function.typical_run = std::clamp<Nanoseconds>(world_.LogNormal(kRunMu, kRunSigma), milliseconds(1), seconds(5));
    function.typical_start = milliseconds(5 + world_.Below(400));
    function.bursty = world_.Chance(options_.bursty_share);
    total += function.weight;
    functions_.push_back(std::move(function));
  }
  for (SimulatedFunction& function : functions_) function.weight /= total;
}

double Workload::RequestsPerDay() {
  const double draw = world_.Uniform();
  for (size_t i = 1; i < kRates.size(); ++i) {
    if (draw <= kRates[i].share) return LogInterpolated(kRates[i - 1], kRates[i], std::max(draw, kRates[0].share));
  }
  return kRates.back().value;
}

void Workload::Begin(MonotonicTime end, std::function<void(SimulatedFunction&)> request) {
  end_ = end;
  request_ = std::move(request);
  for (SimulatedFunction& function : functions_) ScheduleNext(function);
}

void Workload::ScheduleNext(SimulatedFunction& function) {
  const int burst = function.bursty ? 1 + static_cast<int>(world_.Below(kLargestBurst)) : 1;
  const double per_second = std::max(function.weight * options_.requests_per_second, 1e-6);
  const auto mean = Nanoseconds(static_cast<int64_t>(1e9 / per_second * burst));
  const MonotonicTime when =
      world_.Now() + world_.Exponential(std::min<Nanoseconds>(mean, std::chrono::hours(24 * 14)));
  if (when >= end_) return;
  world_.At(when, [this, &function, burst] {
    for (int i = 0; i < burst; ++i) request_(function);
    ScheduleNext(function);
  });
}

Nanoseconds Workload::RunTime(const SimulatedFunction& function) {
  if (options_.every_run != Nanoseconds(0)) return options_.every_run;
  const double factor = 0.5 + world_.Uniform() + (world_.Chance(0.02) ? 10 : 0);
  const auto time = Nanoseconds(static_cast<int64_t>(static_cast<double>(function.typical_run.count()) * factor));
  return std::min(time, options_.longest_run);
}

Nanoseconds Workload::StartTime(const SimulatedFunction& function) {
  return Nanoseconds(
      static_cast<int64_t>(static_cast<double>(function.typical_start.count()) * (0.7 + world_.Uniform())));
}

}  // namespace hearth::simulation
