// Workload is the functions of a run and when each is asked for.
//
// Shapes:  rates, run times and memory are distributed as the published traces of a large provider are, scaled to a
//          total rate; arrivals are Poisson, in bursts for part of the functions.
// Threads: one.
// Source:  Shahrad et al., "Serverless in the Wild" (2020): the distributions of rates, run times and memory;
//          performance.md "Azure 2019".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/world.h"

namespace hearth::simulation {

struct WorkloadOptions {
  int functions = 20;
  double requests_per_second = 50;  // of all functions together
  Nanoseconds longest_run = std::chrono::seconds(20);
  double bursty_share = 0.3;  // of the functions
  Nanoseconds every_run{0};   // not 0: what every run takes, instead of the distribution
};

struct SimulatedFunction {
  std::string name;
  int index = 0;
  double weight = 0;  // share of the requests
  int64_t memory_mb = 128;
  Nanoseconds typical_run{};
  Nanoseconds typical_start{};
  bool bursty = false;
  std::optional<int64_t> reserved;  // concurrency
  size_t provisioned = 0;
  int revision = 1;  // an update makes a new environment key
};

class Workload {
 public:
  Workload(WorkloadOptions options, World& world);

  std::vector<SimulatedFunction>& functions() { return functions_; }
  // Calls `request` for each request until `end`.
  void Begin(MonotonicTime end, std::function<void(SimulatedFunction&)> request);

  // How long one run of this function takes.
  Nanoseconds RunTime(const SimulatedFunction& function);
  Nanoseconds StartTime(const SimulatedFunction& function);

 private:
  void ScheduleNext(SimulatedFunction& function);
  double RequestsPerDay();

  const WorkloadOptions options_;
  World& world_;
  std::vector<SimulatedFunction> functions_;
  MonotonicTime end_{};
  std::function<void(SimulatedFunction&)> request_;
};

}  // namespace hearth::simulation
