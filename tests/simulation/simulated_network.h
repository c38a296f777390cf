// SimulatedNetwork carries messages between the controller and simulated workers: in order, late, or, when a session
// breaks, not at all.
//
// Shapes:  a session is one of Node/Session: what was on its way when it breaks is lost, and the controller learns of
// it
//          only after its lease. A worker joins again with what survived.
// Errors:  WorkerCommands'.
// Threads: one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/scheduler/worker_link.h"
#include "tests/simulation/simulated_worker.h"
#include "tests/simulation/world.h"

namespace hearth::simulation {

struct NetworkOptions {
  Nanoseconds latency = std::chrono::microseconds(100);  // one way; each message takes up to twice as long
  Nanoseconds lease = std::chrono::seconds(3);           // a silent worker is lost after at most this
  double link_full = 0;                                  // chance that a command is refused for want of room
};

class SimulatedNetwork final : public controller::WorkerCommands {
 public:
  SimulatedNetwork(NetworkOptions options, World& world, Ledger& ledger)
      : options_(options), world_(world), ledger_(ledger) {}

  void Attach(controller::WorkerEvents& controller) { controller_ = &controller; }
  // The worker's way to send; Add follows.
  SimulatedWorker::Send SenderFor(const std::string& worker_id);
  void Add(SimulatedWorker& worker);
  // Its session ends now; the worker is back after `outage`, or later.
  void Break(const std::string& worker_id, Nanoseconds outage);
  // Every worker with a session says what it holds.
  void ReportCapacities();

  absl::Status Start(const std::string& worker_id, const node::StartEnvironment& start) override;
  absl::Status Invoke(const std::string& worker_id, const controller::Invocation& invocation) override;
  absl::Status Stop(const std::string& worker_id, const std::string& environment_id) override;
  // Simulated workers stream nothing.
  absl::Status Credit(const std::string&, const node::ResponseCredit&) override { return absl::OkStatus(); }
  // Nor do they drain.
  absl::Status Release(const std::string&) override { return absl::OkStatus(); }

  uint64_t commands() const { return commands_; }

 private:
  struct Link {
    SimulatedWorker* worker = nullptr;
    bool open = false;     // what is sent arrives
    bool trusted = false;  // the controller has not noticed the end of it yet
    uint64_t session = 0;
    MonotonicTime last_up{}, last_down{};
  };

  Link& LinkOf(const std::string& worker_id) { return *links_.at(worker_id); }
  void Join(const std::string& worker_id);
  absl::Status Accept(const std::string& worker_id);
  MonotonicTime Arrival(MonotonicTime& last);
  void Down(const std::string& worker_id, std::function<void(SimulatedWorker&)> deliver);
  void Up(const std::string& worker_id, node::WorkerMessage message);
  void Deliver(const std::string& worker_id, node::WorkerMessage& message);

  const NetworkOptions options_;
  World& world_;
  Ledger& ledger_;
  controller::WorkerEvents* controller_ = nullptr;
  std::map<std::string, std::unique_ptr<Link>> links_;
  uint64_t commands_ = 0;
};

}  // namespace hearth::simulation
