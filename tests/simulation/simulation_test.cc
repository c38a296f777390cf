// Whatever the seed: requests are answered once and run at most once, limits hold, and nothing is lost or doubled.
// HEARTH_SIMULATION_SEEDS=N runs more of them, HEARTH_SIMULATION_SEED=S one alone.
#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace hearth::simulation {
namespace {

constexpr uint64_t kSeeds = 200;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string Told(const Report& report, uint64_t seed) {
  std::string text = "HEARTH_SIMULATION_SEED=" + std::to_string(seed) + " repeats this";
  for (const std::string& violation : report.violations) text += "\n  " + violation;
  return text;
}

TEST(SimulationTest, WhatMustHoldHoldsForEverySeed) {
  const uint64_t only = FromEnvironment("HEARTH_SIMULATION_SEED", 0);
  const uint64_t first = only == 0 ? 1 : only;
  const uint64_t last = only == 0 ? FromEnvironment("HEARTH_SIMULATION_SEEDS", kSeeds) : only;
  RequestCounts total;
  for (uint64_t seed = first; seed <= last; ++seed) {
    const Report report = Simulation(RandomOptions(seed)).Run();
    ASSERT_EQ(report.violation_count, 0u) << Told(report, seed);
    total.asked += report.requests.asked;
    total.completed += report.requests.completed;
    total.throttled += report.requests.throttled;
    total.failed += report.requests.failed;
  }
  std::cout << total.asked << " requests: " << total.completed << " completed, " << total.throttled << " throttled, "
            << total.failed << " failed\n";
  if (only != 0) return;
  // The runs are of use only while they reach every outcome.
  EXPECT_GT(total.completed, total.asked / 4);
  EXPECT_GT(total.throttled, total.asked / 1000);
  EXPECT_GT(total.failed, total.asked / 10000);
}

TEST(SimulationTest, TheSameSeedGivesTheSameRun) {
  const Report first = Simulation(RandomOptions(7)).Run();
  const Report second = Simulation(RandomOptions(7)).Run();
  EXPECT_EQ(first.requests.completed, second.requests.completed);
  EXPECT_EQ(first.requests.cold_runs, second.requests.cold_runs);
  EXPECT_EQ(first.commands, second.commands);
  EXPECT_DOUBLE_EQ(first.memory.idle, second.memory.idle);
}

// A calm fleet with room answers everyone; otherwise the faults above would hide a scheduler that refuses too much.
TEST(SimulationTest, WithoutFaultsEveryRequestCompletes) {
  Options options;
  options.seed = 3;
  options.workers = 8;
  options.worker.memory_bytes = int64_t{64} << 30;
  const Report report = Simulation(options).Run();
  EXPECT_EQ(report.violation_count, 0u) << Told(report, options.seed);
  EXPECT_GT(report.requests.asked, 1000u);
  EXPECT_EQ(report.requests.completed, report.requests.asked);
}

// A function that has run, and then 900 requests at once: what runs for 5 ms needs few environments, what runs
// for a second needs one for each.
TEST(SimulationTest, ABurstStartsWhatItNeeds) {
  for (const bool quick : {true, false}) {
    Options options;
    options.workers = 4;
    options.worker.memory_bytes = int64_t{1} << 40;
    options.length = std::chrono::seconds(4);
    options.workload.functions = 1;
    options.workload.requests_per_second = 20;
    options.workload.bursty_share = 0;
    options.workload.every_run = quick ? std::chrono::milliseconds(5) : std::chrono::milliseconds(1000);
    options.account_limit = 2000;
    options.burst = 900;  // a function may start 1,000 environments in ten seconds
    const Report report = Simulation(options).Run();
    EXPECT_EQ(report.violation_count, 0u) << Told(report, options.seed);
    EXPECT_EQ(report.requests.completed, report.requests.asked)
        << report.requests.throttled << " throttled, " << report.requests.failed << " failed";
    if (quick) {
      EXPECT_LT(report.starts, 50u);
    } else {
      EXPECT_GT(report.starts, 300u);
    }
  }
}

}  // namespace
}  // namespace hearth::simulation
