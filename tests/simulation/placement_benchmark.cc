// placement_benchmark: placements a second, against the least they could cost: a look-up in a hash map and a list.
//
// Warm: an idle environment of one of 1,000 functions is taken and given back. Cold: a worker is chosen among 10,000
// for one of 1,000 functions, and its memory given back.
#include <fmt/format.h>

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "controller/scheduler/scheduler.h"

namespace {

using namespace hearth;              // NOLINT: a program of one file
using namespace hearth::controller;  // NOLINT

constexpr size_t kFunctions = 1000;
constexpr int kWorkers = 10'000;
constexpr int kRounds = 300;

class ReadyAtOnce final : public WorkerCommands {
 public:
  absl::Status Start(const std::string& worker_id, const node::StartEnvironment& start) override {
    node::EnvironmentReady ready;
    ready.set_environment_id(start.environment_id());
    scheduler->OnEnvironmentReady(worker_id, ready);
    return absl::OkStatus();
  }
  absl::Status Invoke(const std::string&, const Invocation&) override { return absl::OkStatus(); }
  absl::Status Stop(const std::string&, const std::string&) override { return absl::OkStatus(); }
  absl::Status Credit(const std::string&, const node::ResponseCredit&) override { return absl::OkStatus(); }
  absl::Status Release(const std::string&) override { return absl::OkStatus(); }

  Scheduler* scheduler = nullptr;
};

std::string NameOf(size_t function) { return fmt::format("123456789012/function-{}", function); }

FunctionVersionPtr VersionOf(size_t function) {
  auto version = std::make_shared<records::FunctionVersion>();
  version->set_account("123456789012");
  version->set_name(NameOf(function));
  version->set_runtime("python3.11");
  version->set_architecture("x86_64");
  version->set_memory_mb(128);
  version->set_environment_key(NameOf(function));
  return version;
}

template <class Once>
double PerSecond(Once once) {
  const auto begin = std::chrono::steady_clock::now();
  for (int round = 0; round < kRounds; ++round) {
    for (size_t function = 0; function < kFunctions; ++function) once(function);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return static_cast<double>(kRounds) * static_cast<double>(kFunctions) / seconds;
}

double Baseline() {
  absl::flat_hash_map<std::string, std::list<std::string>> idle;
  std::vector<std::string> names;
  for (size_t i = 0; i < kFunctions; ++i) names.push_back(NameOf(i));
  for (const std::string& name : names) idle[name].push_back("e0123456789abcd");
  return PerSecond([&](size_t function) {
    std::list<std::string>& slots = idle.find(names[function])->second;
    std::string environment = std::move(slots.back());
    slots.pop_back();
    slots.push_back(std::move(environment));
  });
}

node::Hello HelloOf(int worker) {
  node::Hello hello;
  hello.set_worker_id(fmt::format("worker-{}", worker));
  hello.set_memory_bytes(int64_t{64} << 30);
  hello.set_architecture("x86_64");
  node::InstalledRuntime& runtime = *hello.add_runtimes();
  runtime.set_family("python");
  runtime.set_version("3.11.2");
  return hello;
}

double Warm(Placer& placer, const std::vector<FunctionVersionPtr>& versions) {
  return PerSecond([&](size_t function) {
    StartAsync(placer.Place(versions[function]), [&](const PlaceOutcome& outcome) {
      placer.InvocationEnded(std::get<Placement>(outcome).environment_id, true, std::chrono::milliseconds(5));
    });
  });
}

double Cold(RuntimeSupport& runtimes, Random& random) {
  Fleet fleet(runtimes, random);
  for (int i = 0; i < kWorkers; ++i) fleet.Join(HelloOf(i));
  return PerSecond([&](size_t function) {
    const StartNeed need{.locality = NameOf(function),
                         .runtime = "python3.11",
                         .architecture = "x86_64",
                         .memory_bytes = int64_t{128} << 20};
    if (function % 2 == 0) fleet.Choose(need, {});  // half of them stay: the fleet fills
    const std::optional<std::string> worker = fleet.Choose(need, {});
    fleet.Release(*worker, need.memory_bytes);
  });
}

}  // namespace

int main() {
  RealClock clock;
  RealRandom random;
  RuntimeSupport runtimes("us-east-1", false);
  ReadyAtOnce workers;
  Scheduler scheduler(
      {}, runtimes, workers, [](const auto&) { return node::EnvironmentSpec(); }, clock, random);
  workers.scheduler = &scheduler;
  for (int i = 0; i < kWorkers; ++i) scheduler.OnWorkerJoined(HelloOf(i));
  std::vector<FunctionVersionPtr> versions;
  for (size_t i = 0; i < kFunctions; ++i) versions.push_back(VersionOf(i));
  const double baseline = Baseline();
  const double warm = Warm(scheduler.placer(), versions);
  const double cold = Cold(runtimes, random);
  fmt::print("baseline  {:>12.0f} per second\n", baseline);
  fmt::print("warm      {:>12.0f} per second ({:.1f} times the baseline's time)\n", warm, baseline / warm);
  fmt::print("cold      {:>12.0f} per second ({:.1f} times), 1.5 choices each\n", cold, baseline / cold);
  return 0;
}
