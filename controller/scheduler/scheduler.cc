#include "controller/scheduler/scheduler.h"

#include <utility>

namespace hearth::controller {

Scheduler::Scheduler(PlacerOptions options, RuntimeSupport& runtimes, WorkerCommands& workers, SpecFactory spec_of,
                     Clock& clock, Random& random)
    : fleet_(runtimes, random),
      in_flight_(workers, clock, random),
      placer_(options, fleet_, workers, std::move(spec_of), clock, random) {}

void Scheduler::Tick() {
  placer_.Tick();
  in_flight_.ExpireOverdue();
}

SchedulerSnapshot Scheduler::Snapshot() const {
  return {.fleet = fleet_.Snapshot(), .environments = placer_.Counts(), .invocations_in_flight = in_flight_.size()};
}

void Scheduler::OnWorkerJoined(const node::Hello& hello) {
  fleet_.Join(hello);
  placer_.WorkerJoined(hello);
}

void Scheduler::OnWorkerLost(const std::string& worker_id) {
  fleet_.Leave(worker_id);
  placer_.WorkerLost(worker_id);  // first, so that nobody is placed there again
  in_flight_.FailWorker(worker_id);
}

void Scheduler::OnEnvironmentReady(const std::string& worker_id, const node::EnvironmentReady& ready) {
  placer_.EnvironmentReady(worker_id, ready);
}

void Scheduler::OnEnvironmentGone(const std::string& worker_id, const node::EnvironmentGone& gone) {
  placer_.EnvironmentGone(worker_id, gone);
}

void Scheduler::OnEnvironmentIdle(const std::string& worker_id, const node::EnvironmentIdle& idle) {
  placer_.EnvironmentIdle(worker_id, idle.environment_id());
}

void Scheduler::OnInvocationResult(const std::string& worker_id, node::InvocationResult result) {
  const std::optional<std::string> environment_id = in_flight_.EnvironmentOf(worker_id, result.invocation_id());
  if (!environment_id) return;  // its caller was answered already
  if (result.outcome() == node::InvocationResult::REJECTED) {
    placer_.Forget(*environment_id);
  } else {
    placer_.InvocationEnded(*environment_id, result.environment_idle(),
                            std::chrono::microseconds(result.duration_us()));
  }
  in_flight_.Complete(worker_id, std::move(result));
}

void Scheduler::OnResponsePiece(const std::string& worker_id, node::BulkChunk piece) {
  in_flight_.PassOn(worker_id, std::move(piece));
}

void Scheduler::OnCapacity(const std::string& worker_id, const node::Capacity& capacity) {
  fleet_.Report(worker_id, capacity);
  if (capacity.draining()) placer_.WorkerDraining(worker_id);
}

}  // namespace hearth::controller
