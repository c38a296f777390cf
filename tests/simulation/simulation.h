// Simulation runs the controller's own scheduler, gate and invoker against a simulated fleet, and checks what must
// always hold: every request answered once and run at most once, no limit exceeded, no slot lost or doubled.
//
// Shapes:  a run is wholly decided by its options; RandomOptions(seed) draws them.
// Errors:  what is wrong comes in Report::violations.
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "controller/invoke/concurrency_gate.h"
#include "controller/invoke/function_invoker.h"
#include "controller/scheduler/scheduler.h"
#include "controller/store/catalog.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/simulated_network.h"
#include "tests/simulation/simulated_worker.h"
#include "tests/simulation/workload.h"
#include "tests/simulation/world.h"

namespace hearth::simulation {

struct FaultOptions {  // mean time between faults anywhere in the fleet; 0: never
  Nanoseconds crash{0};
  Nanoseconds partition{0};
  Nanoseconds update{0};  // of a function's configuration
};

struct Options {
  uint64_t seed = 1;
  int workers = 4;
  Nanoseconds length = std::chrono::seconds(60);
  int64_t account_limit = 1000;
  WorkloadOptions workload;
  WorkerOptions worker;
  NetworkOptions network;
  FaultOptions faults;
  double reserved_share = 0;     // of the functions
  double provisioned_share = 0;  // the same
  int burst = 0;                 // requests of the first function in one moment, after a second
};

struct Report {
  RequestCounts requests;
  uint64_t commands = 0;  // the scheduler gave to workers
  uint64_t starts = 0;    // of environments
  MemoryUse memory;
  uint64_t violation_count = 0;
  std::vector<std::string> violations;
};

// A small run with faults, different for every seed.
Options RandomOptions(uint64_t seed);

class Simulation {
 public:
  explicit Simulation(Options options);
  Report Run();

 private:
  controller::LimitsOf LimitsOf() const;
  void AddWorkers();
  void Every(Nanoseconds period, std::function<void()> what);
  // At random times until the faults end.
  void AtRandom(Nanoseconds mean, std::function<void()> what);
  void BeginFaults();
  void Put(const SimulatedFunction& function);
  void Update(SimulatedFunction& function);
  void Provision();
  // After a while without faults what was asked for is ready, or it is known why not.
  void CheckProvisioned();
  void Request(const SimulatedFunction& function);
  SimulatedWorker& AnyWorker() { return *workers_[world_.Below(workers_.size())]; }
  // After a long silence controller and workers must agree.
  void CheckAgreement();

  const Options options_;
  World world_;
  Workload workload_;
  Ledger ledger_;
  SimulatedNetwork network_;
  std::vector<std::unique_ptr<SimulatedWorker>> workers_;
  MonotonicTime end_{};

  controller::Catalog catalog_;
  controller::RuntimeSupport runtimes_{"us-east-1", false};
  controller::Scheduler scheduler_;
  controller::ConcurrencyGate gate_;
  controller::FunctionInvoker invoker_;
};

}  // namespace hearth::simulation
