// SimulatedWorker keeps environments as a worker does, without any: it admits, starts, runs, idles, makes room and
// dies.
//
// Shapes:  what it is told and tells are the messages of node.proto.
// Errors:  a message it must never get (a second invocation for a busy environment) is a violation in the ledger.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "proto/node.pb.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/workload.h"
#include "tests/simulation/world.h"

namespace hearth::simulation {

struct WorkerOptions {
  std::string id;
  int64_t memory_bytes = int64_t{4} << 30;
  Nanoseconds keep_alive = std::chrono::minutes(10);
  double start_failure = 0;  // chance of a start that comes to nothing
  double init_failure = 0;   // chance of a failed INIT phase: the environment is ready all the same
  double death = 0;          // chance that a run ends with its environment
};

// Memory kept, in MB-seconds: by environments that ran and by those that waited for work.
struct MemoryUse {
  double busy = 0;
  double idle = 0;
};

class SimulatedWorker {
 public:
  using Send = std::function<void(node::WorkerMessage)>;

  SimulatedWorker(WorkerOptions options, World& world, Workload& workload, Ledger& ledger, Send send);

  const std::string& id() const { return options_.id; }
  node::Hello Hello() const;
  node::Capacity Capacity() const;
  size_t idle() const;
  size_t provisioned() const;
  size_t alive() const { return environments_.size(); }
  const MemoryUse& memory_use() const { return memory_use_; }

  // The requests that run now and came since it last joined.
  std::vector<std::string> Running() const;
  uint64_t starts() const { return starts_; }

  void OnSession() { ++session_; }
  void OnStart(const node::StartEnvironment& start);
  void OnInvoke(const node::Invoke& invoke);
  void OnStop(const std::string& environment_id);
  // The process ends, and everything in it; what it was to do is not done.
  void Crash();

 private:
  struct Environment {
    enum class State { kStarting, kIdle, kBusy };
    State state = State::kStarting;
    SimulatedFunction* function = nullptr;
    std::string key;
    int revision = 0;
    int64_t memory_bytes = 0;
    uint64_t turn = 0;  // grows with every change of state: what was planned for an older turn is not done
    MonotonicTime since{};
    uint64_t session = 0;  // in which the invocation came
    node::Invoke invoke;
    bool fresh = true;
    bool provisioned = false;  // makes no room and does not outlive its time
    bool stop_wanted = false;
  };
  using Step = void (SimulatedWorker::*)(const std::string& id, Environment& environment);

  void Later(Nanoseconds delay, const std::string& id, Step step);
  void Enter(Environment& environment, Environment::State state);
  bool MakeRoom(int64_t bytes, const std::string& key);
  void Started(const std::string& id, Environment& environment);
  void FinishRun(const std::string& id, Environment& environment);
  void BecomeIdle(const std::string& id, Environment& environment);
  void AnnounceIdle(const std::string& id, Environment& environment);
  void Outlived(const std::string& id, Environment& environment);
  void Close(const std::string& id, node::EnvironmentGone::Reason reason);
  void SendGone(const std::string& id, node::EnvironmentGone::Reason reason, const std::string& detail);

  const WorkerOptions options_;
  World& world_;
  Workload& workload_;
  Ledger& ledger_;
  const Send send_;
  std::map<std::string, Environment> environments_;
  int64_t reserved_bytes_ = 0;
  uint64_t session_ = 0;
  uint64_t life_ = 0;
  uint64_t starts_ = 0;
  MemoryUse memory_use_;
};

}  // namespace hearth::simulation
