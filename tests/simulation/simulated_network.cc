#include "tests/simulation/simulated_network.h"

#include <algorithm>
#include <utility>

namespace hearth::simulation {

SimulatedWorker::Send SimulatedNetwork::SenderFor(const std::string& worker_id) {
  return [this, worker_id](node::WorkerMessage message) { Up(worker_id, std::move(message)); };
}

void SimulatedNetwork::Add(SimulatedWorker& worker) {
  links_[worker.id()] = std::make_unique<Link>();
  LinkOf(worker.id()).worker = &worker;
  Join(worker.id());
}

void SimulatedNetwork::Join(const std::string& worker_id) {
  Link& link = LinkOf(worker_id);
  ++link.session;
  link.open = link.trusted = true;
  link.worker->OnSession();
  controller_->OnWorkerJoined(link.worker->Hello());
}

void SimulatedNetwork::Break(const std::string& worker_id, Nanoseconds outage) {
  Link& link = LinkOf(worker_id);
  if (!link.open) return;
  link.open = false;
  ++link.session;
  const Nanoseconds notice(static_cast<int64_t>(world_.Uniform() * static_cast<double>(options_.lease.count())));
  world_.After(notice, [this, worker_id, interrupted = link.worker->Running()] {
    LinkOf(worker_id).trusted = false;
    controller_->OnWorkerLost(worker_id);
    for (const std::string& request_id : interrupted) ledger_.MustBeAnswered(request_id);
  });
  // A worker that is back earlier is taken for lost first; then it joins anew.
  world_.After(std::max(outage, notice) + options_.latency, [this, worker_id] { Join(worker_id); });
}

void SimulatedNetwork::ReportCapacities() {
  for (const auto& [worker_id, link] : links_) {
    if (!link->open) continue;
    node::WorkerMessage message;
    *message.mutable_capacity() = link->worker->Capacity();
    Up(worker_id, std::move(message));
  }
}

MonotonicTime SimulatedNetwork::Arrival(MonotonicTime& last) {
  const Nanoseconds late(static_cast<int64_t>(world_.Uniform() * static_cast<double>(options_.latency.count())));
  return last = std::max(last, world_.Now() + options_.latency + late);
}

void SimulatedNetwork::Down(const std::string& worker_id, std::function<void(SimulatedWorker&)> deliver) {
  Link& link = LinkOf(worker_id);
  ++commands_;
  if (!link.open) return;  // sent to nobody
  world_.At(Arrival(link.last_down), [this, worker_id, deliver = std::move(deliver), session = link.session] {
    Link& then = LinkOf(worker_id);
    if (then.session == session) deliver(*then.worker);
  });
}

void SimulatedNetwork::Up(const std::string& worker_id, node::WorkerMessage message) {
  Link& link = LinkOf(worker_id);
  if (!link.open) return;
  world_.At(Arrival(link.last_up), [this, worker_id, message = std::move(message), session = link.session]() mutable {
    if (LinkOf(worker_id).session == session) Deliver(worker_id, message);
  });
}

void SimulatedNetwork::Deliver(const std::string& worker_id, node::WorkerMessage& message) {
  switch (message.kind_case()) {
    case node::WorkerMessage::kEnvironmentReady:
      return controller_->OnEnvironmentReady(worker_id, message.environment_ready());
    case node::WorkerMessage::kEnvironmentGone:
      return controller_->OnEnvironmentGone(worker_id, message.environment_gone());
    case node::WorkerMessage::kEnvironmentIdle:
      return controller_->OnEnvironmentIdle(worker_id, message.environment_idle());
    case node::WorkerMessage::kInvocationResult:
      return controller_->OnInvocationResult(worker_id, std::move(*message.mutable_invocation_result()));
    case node::WorkerMessage::kCapacity:
      return controller_->OnCapacity(worker_id, message.capacity());
    default:
      return;
  }
}

absl::Status SimulatedNetwork::Accept(const std::string& worker_id) {
  if (!links_.contains(worker_id) || !LinkOf(worker_id).trusted) return absl::UnavailableError("no session");
  if (world_.Chance(options_.link_full)) return absl::ResourceExhaustedError("the link is full");
  return absl::OkStatus();
}

absl::Status SimulatedNetwork::Start(const std::string& worker_id, const node::StartEnvironment& start) {
  if (absl::Status refused = Accept(worker_id); !refused.ok()) return refused;
  Down(worker_id, [start](SimulatedWorker& worker) { worker.OnStart(start); });
  return absl::OkStatus();
}

absl::Status SimulatedNetwork::Invoke(const std::string& worker_id, const controller::Invocation& invocation) {
  if (absl::Status refused = Accept(worker_id); !refused.ok()) return refused;
  Down(worker_id, [invoke = invocation.message](SimulatedWorker& worker) { worker.OnInvoke(invoke); });
  return absl::OkStatus();
}

absl::Status SimulatedNetwork::Stop(const std::string& worker_id, const std::string& environment_id) {
  if (!links_.contains(worker_id) || !LinkOf(worker_id).trusted) return absl::UnavailableError("no session");
  Down(worker_id, [environment_id](SimulatedWorker& worker) { worker.OnStop(environment_id); });
  return absl::OkStatus();
}

}  // namespace hearth::simulation
