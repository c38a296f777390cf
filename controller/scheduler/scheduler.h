// Scheduler joins the parts that turn requests into running environments: fleet, placer and what is in flight.
//
// main.cc plugs it between the node sessions (WorkerCommands below, WorkerEvents above) and the invoker.
// Threads: events come one at a time; everything else from any thread. Tick every few tens of milliseconds.
#pragma once

#include <string>

#include "controller/scheduler/fleet.h"
#include "controller/scheduler/in_flight.h"
#include "controller/scheduler/placer.h"
#include "controller/scheduler/worker_link.h"

namespace hearth::controller {

struct SchedulerSnapshot {
  FleetSnapshot fleet;
  PlacerCounts environments;
  size_t invocations_in_flight = 0;
};

class Scheduler final : public WorkerEvents {
 public:
  Scheduler(PlacerOptions options, RuntimeSupport& runtimes, WorkerCommands& workers, SpecFactory spec_of, Clock& clock,
            Random& random);

  Placer& placer() { return placer_; }
  InFlight& in_flight() { return in_flight_; }

  void Tick();
  // Answers everyone who waits; after the sessions are closed.
  void Stop() { placer_.Stop(); }
  SchedulerSnapshot Snapshot() const;

  void OnWorkerJoined(const node::Hello& hello) override;
  void OnWorkerLost(const std::string& worker_id) override;
  void OnEnvironmentReady(const std::string& worker_id, const node::EnvironmentReady& ready) override;
  void OnEnvironmentGone(const std::string& worker_id, const node::EnvironmentGone& gone) override;
  void OnEnvironmentIdle(const std::string& worker_id, const node::EnvironmentIdle& idle) override;
  void OnInvocationResult(const std::string& worker_id, node::InvocationResult result) override;
  void OnResponsePiece(const std::string& worker_id, node::BulkChunk piece) override;
  void OnCapacity(const std::string& worker_id, const node::Capacity& capacity) override;

 private:
  Fleet fleet_;
  InFlight in_flight_;
  Placer placer_;
};

}  // namespace hearth::controller
