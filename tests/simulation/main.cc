// hearth-simulation: one large run of the scheduler under virtual time; prints decisions per second, the share of cold
// starts and the memory that waited for work.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>

#include "tests/simulation/simulation.h"

namespace {

using hearth::simulation::Options;
using hearth::simulation::Report;

double Share(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

void Print(const Options& options, const Report& report, double seconds) {
  const auto& requests = report.requests;
  fmt::print("keep-alive {} s: {} requests, {} completed, {} throttled, {} failed; {:.3f} % cold; longest wait {} ms\n",
             options.worker.keep_alive / std::chrono::seconds(1), requests.asked, requests.completed,
             requests.throttled, requests.failed,
             Share(static_cast<double>(requests.cold_runs), static_cast<double>(requests.runs)),
             requests.longest_wait / std::chrono::milliseconds(1));
  fmt::print("  memory: {:.0f} GB-seconds busy, {:.0f} waiting for work ({:.1f} %)\n", report.memory.busy / 1024,
             report.memory.idle / 1024, Share(report.memory.idle, report.memory.idle + report.memory.busy));
  fmt::print("  {} commands in {:.2f} s, simulation included: {:.0f} requests a second\n", report.commands, seconds,
             static_cast<double>(requests.asked) / seconds);
  for (const std::string& violation : report.violations) fmt::print("  VIOLATION {}\n", violation);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs the scheduler under virtual time.");
  Options options;
  std::vector<int64_t> keep_alive_seconds = {60, 600, 3600};
  int64_t length_seconds = 60, worker_gib = 16;
  double faults_per_second = 0;
  options.account_limit = 1'000'000;
  app.add_option("--seed", options.seed, "the same seed gives the same run");
  app.add_option("--workers", options.workers, "machines");
  app.add_option("--worker-gib", worker_gib, "memory of each, GiB");
  app.add_option("--functions", options.workload.functions, "functions");
  app.add_option("--rate", options.workload.requests_per_second, "requests a second, of all functions");
  app.add_option("--seconds", length_seconds, "virtual time");
  app.add_option("--keep-alive", keep_alive_seconds, "seconds an idle environment stays; one run for each");
  app.add_option("--faults", faults_per_second, "crashes and partitions a second, each");
  CLI11_PARSE(app, argc, argv);
  options.length = std::chrono::seconds(length_seconds);
  options.worker.memory_bytes = worker_gib << 30;
  if (faults_per_second > 0) {
    options.faults.crash = options.faults.partition =
        std::chrono::nanoseconds(static_cast<int64_t>(1e9 / faults_per_second));
  }
  uint64_t violations = 0;
  for (const int64_t seconds : keep_alive_seconds) {
    options.worker.keep_alive = std::chrono::seconds(seconds);
    const auto begin = std::chrono::steady_clock::now();
    const Report report = hearth::simulation::Simulation(options).Run();
    Print(options, report, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    violations += report.violation_count;
  }
  return violations == 0 ? 0 : 1;
}
