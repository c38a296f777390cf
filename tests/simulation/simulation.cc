#include "tests/simulation/simulation.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <utility>

namespace hearth::simulation {
namespace {

using namespace std::chrono_literals;

constexpr char kAccount[] = "123456789012";
constexpr Nanoseconds kTick = 25ms;
constexpr Nanoseconds kCapacityPeriod = 1s;
// Longer than any request, start or absence lasts.
constexpr Nanoseconds kSilence = 200s;
constexpr Nanoseconds kQuiet = 120s;  // of it, before what is provisioned is looked at

std::string KeyOf(const SimulatedFunction& function) { return fmt::format("{}/{}", function.name, function.revision); }

absl::StatusOr<node::EnvironmentSpec> SpecOf(const records::FunctionVersion& version) {
  node::EnvironmentSpec spec;
  spec.set_key(version.environment_key());
  spec.set_function_name(version.name());
  spec.set_memory_mb(static_cast<int32_t>(version.memory_mb()));
  return spec;
}

}  // namespace

Options RandomOptions(uint64_t seed) {
  World draws(seed ^ 0x5eed);
  const auto one_of = [&draws](std::initializer_list<double> values) {
    return values.begin()[draws.Below(values.size())];
  };
  Options options;
  options.seed = seed;
  options.workers = static_cast<int>(1 + draws.Below(12));
  options.length = std::chrono::seconds(20 + draws.Below(60));
  options.account_limit = static_cast<int64_t>(one_of({5, 100, 1000}));
  options.workload.functions = static_cast<int>(1 + draws.Below(40));
  options.workload.requests_per_second = one_of({5, 30, 100});
  options.workload.bursty_share = draws.Uniform();
  options.worker.memory_bytes = static_cast<int64_t>(one_of({1024, 4096, 16384})) << 20;
  options.worker.keep_alive = std::chrono::seconds(static_cast<int64_t>(one_of({2, 30, 3600})));
  options.worker.start_failure = one_of({0, 0.02, 0.3});
  options.worker.init_failure = one_of({0, 0.1});
  options.worker.death = one_of({0, 0.01, 0.2});
  options.network.latency = std::chrono::microseconds(static_cast<int64_t>(one_of({50, 500, 20000})));
  options.network.link_full = one_of({0, 0.05});
  options.faults.crash = std::chrono::seconds(static_cast<int64_t>(one_of({0, 7, 20})));
  options.faults.partition = std::chrono::seconds(static_cast<int64_t>(one_of({0, 5, 20})));
  options.faults.update = std::chrono::seconds(static_cast<int64_t>(one_of({0, 3})));
  options.reserved_share = one_of({0, 0.3});
  options.provisioned_share = one_of({0, 0.3});
  return options;
}

Simulation::Simulation(Options options)
    : options_(std::move(options)),
      world_(options_.seed),
      workload_(options_.workload, world_),
      ledger_(world_, options_.account_limit),
      network_(options_.network, world_, ledger_),
      scheduler_({.limits_of = LimitsOf()}, runtimes_, network_, SpecOf, world_.clock(), world_.random()),
      gate_(LimitsOf(), world_.clock()),
      invoker_(controller::VersionResolver(catalog_, "us-east-1", world_.random()), gate_, scheduler_.placer(),
               scheduler_.in_flight(), world_.clock(), world_.random()) {
  network_.Attach(scheduler_);
  int64_t reservable = options_.account_limit / 2;
  for (SimulatedFunction& function : workload_.functions()) {
    if (reservable > 0 && world_.Chance(options_.reserved_share)) {
      function.reserved = static_cast<int64_t>(world_.Below(std::min<uint64_t>(5, static_cast<uint64_t>(reservable))));
      reservable -= *function.reserved;
      gate_.SetReserved(kAccount, function.name, function.reserved);
    }
    if (world_.Chance(options_.provisioned_share)) {
      const int64_t most = std::min<int64_t>(3, function.reserved.value_or(reservable));
      function.provisioned = static_cast<size_t>(most);
      if (!function.reserved) reservable -= most;
      gate_.SetProvisioned(kAccount, function.name, "$LATEST", most);
    }
    Put(function);
  }
}

controller::LimitsOf Simulation::LimitsOf() const {
  return [limit = options_.account_limit](const std::string&) {
    controller::Limits limits;
    limits.concurrent_executions = limit;
    return limits;
  };
}

void Simulation::AddWorkers() {
  for (int i = 0; i < options_.workers; ++i) {
    WorkerOptions worker = options_.worker;
    worker.id = fmt::format("w{}", i);
    workers_.push_back(
        std::make_unique<SimulatedWorker>(worker, world_, workload_, ledger_, network_.SenderFor(worker.id)));
    network_.Add(*workers_.back());
  }
}

void Simulation::Every(Nanoseconds period, std::function<void()> what) {
  if (world_.Now() > end_ + kSilence) return;
  what();
  world_.After(period, [this, period, what = std::move(what)]() mutable { Every(period, std::move(what)); });
}

void Simulation::AtRandom(Nanoseconds mean, std::function<void()> what) {
  if (mean == Nanoseconds(0)) return;
  world_.After(world_.Exponential(mean), [this, mean, what = std::move(what)]() mutable {
    if (world_.Now() >= end_) return;
    what();
    AtRandom(mean, std::move(what));
  });
}

void Simulation::BeginFaults() {
  AtRandom(options_.faults.crash, [this] {
    SimulatedWorker& worker = AnyWorker();
    network_.Break(worker.id(), world_.Exponential(2s));
    worker.Crash();
  });
  AtRandom(options_.faults.partition, [this] { network_.Break(AnyWorker().id(), world_.Exponential(2s)); });
  AtRandom(options_.faults.update,
           [this] { Update(workload_.functions()[world_.Below(workload_.functions().size())]); });
}

void Simulation::Put(const SimulatedFunction& function) {
  auto version = std::make_shared<records::FunctionVersion>();
  version->set_account(kAccount);
  version->set_name(function.name);
  version->set_version("$LATEST");
  version->set_runtime("python3.11");
  version->set_architecture("x86_64");
  version->set_memory_mb(static_cast<int32_t>(function.memory_mb));
  version->set_timeout_seconds(static_cast<int32_t>(options_.workload.longest_run / 1s) + 1);
  version->set_environment_key(KeyOf(function));
  version->set_state(records::FunctionVersion::ACTIVE);
  catalog_.Put(std::move(version));
}

void Simulation::Update(SimulatedFunction& function) {
  const std::string old_key = KeyOf(function);
  ++function.revision;
  Put(function);
  scheduler_.placer().Retire(old_key);
  Provision();
}

void Simulation::Provision() {
  std::map<std::string, controller::ProvisionTarget> targets;
  for (const SimulatedFunction& function : workload_.functions()) {
    if (function.provisioned == 0) continue;
    targets[KeyOf(function)] = {catalog_.FindServing(kAccount, function.name, ""), function.provisioned, 1};
  }
  scheduler_.placer().Provision(targets);
}

void Simulation::CheckProvisioned() {
  size_t wanted = 0;
  bool all = true;
  for (const SimulatedFunction& function : workload_.functions()) {
    const controller::ProvisionState state = scheduler_.placer().Provisioned(KeyOf(function));
    wanted += function.provisioned;
    if (state.ready == function.provisioned) continue;
    all = false;
    const bool coming = !state.failure.empty() || scheduler_.Snapshot().environments.starting > 0;
    if (coming && state.ready < function.provisioned) continue;
    ledger_.Violation(fmt::format("{} has {} provisioned environments and should have {}", function.name, state.ready,
                                  function.provisioned));
  }
  size_t kept = 0;
  for (const auto& worker : workers_) kept += worker->provisioned();
  if (all && kept != wanted) ledger_.Violation(fmt::format("{} provisioned environments live, not {}", kept, wanted));
  scheduler_.placer().Provision({});
}

void Simulation::Request(const SimulatedFunction& function) {
  controller::InvokeRequest request;
  request.target = {kAccount, function.name, ""};
  request.request_id = ledger_.Asked(function);
  request.payload = "{}";
  const std::string id = request.request_id;
  StartAsync(invoker_.Invoke(std::move(request)),
             [this, id](const absl::StatusOr<controller::InvokeOutcome>& outcome) { ledger_.Answered(id, outcome); });
}

Report Simulation::Run() {
  AddWorkers();
  end_ = world_.Now() + options_.length;
  Every(kTick, [this] { scheduler_.Tick(); });
  Every(kCapacityPeriod, [this] { network_.ReportCapacities(); });
  Provision();
  world_.After(options_.length + kQuiet, [this] { CheckProvisioned(); });
  BeginFaults();
  world_.After(1s, [this] {
    for (int i = 0; i < options_.burst; ++i) Request(workload_.functions().front());
  });
  workload_.Begin(end_, [this](SimulatedFunction& function) { Request(function); });
  world_.RunUntil(end_ + kSilence);
  CheckAgreement();
  Report report;
  report.requests = ledger_.counts();
  report.commands = network_.commands();
  for (const auto& worker : workers_) {
    report.starts += worker->starts();
    report.memory.busy += worker->memory_use().busy;
    report.memory.idle += worker->memory_use().idle;
  }
  report.violation_count = ledger_.violation_count();
  report.violations = ledger_.violations();
  return report;
}

void Simulation::CheckAgreement() {
  ledger_.CheckNobodyWaits();
  const auto expect = [this](const std::string& what, size_t seen, size_t wanted) {
    if (seen != wanted) ledger_.Violation(fmt::format("{}: {}, and should be {}", what, seen, wanted));
  };
  size_t idle = 0, alive = 0;
  int64_t reserved = 0;
  for (const auto& worker : workers_) {
    idle += worker->idle();
    alive += worker->alive();
    reserved += worker->Capacity().memory_reserved_bytes();
  }
  const controller::SchedulerSnapshot seen = scheduler_.Snapshot();
  expect("environments that are not idle", alive - idle, 0);
  expect("idle environments the placer knows", seen.environments.idle, idle);
  expect("busy environments the placer knows", seen.environments.busy, 0);
  expect("starts the placer waits for", seen.environments.starting, 0);
  expect("requests the placer keeps waiting", seen.environments.waiting, 0);
  expect("invocations in flight", seen.invocations_in_flight, 0);
  expect("invocations the gate counts", static_cast<size_t>(gate_.Running(kAccount)), 0);
  expect("workers of the fleet", static_cast<size_t>(seen.fleet.workers), workers_.size());
  expect("memory the fleet thinks is reserved", static_cast<size_t>(seen.fleet.memory_reserved_bytes),
         static_cast<size_t>(reserved));
}

}  // namespace hearth::simulation
