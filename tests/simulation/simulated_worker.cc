#include "tests/simulation/simulated_worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hearth::simulation {
namespace {

constexpr int64_t kBytesPerMb = 1 << 20;

}  // namespace

SimulatedWorker::SimulatedWorker(WorkerOptions options, World& world, Workload& workload, Ledger& ledger, Send send)
    : options_(std::move(options)), world_(world), workload_(workload), ledger_(ledger), send_(std::move(send)) {}

node::Hello SimulatedWorker::Hello() const {
  node::Hello hello;
  hello.set_worker_id(options_.id);
  hello.set_epoch(life_ + 1);
  hello.set_memory_bytes(options_.memory_bytes);
  hello.set_architecture("x86_64");
  node::InstalledRuntime& runtime = *hello.add_runtimes();
  runtime.set_family("python");
  runtime.set_version("3.11.2");
  for (const auto& [id, environment] : environments_) {
    node::RunningEnvironment& running = *hello.add_environments();
    running.set_environment_id(id);
    running.set_key(environment.key);
    running.set_provisioned(environment.provisioned);
    running.set_busy(environment.state != Environment::State::kIdle);
  }
  return hello;
}

node::Capacity SimulatedWorker::Capacity() const {
  node::Capacity capacity;
  capacity.set_memory_bytes(options_.memory_bytes);
  capacity.set_memory_reserved_bytes(reserved_bytes_);
  capacity.set_environments(static_cast<int32_t>(environments_.size()));
  return capacity;
}

size_t SimulatedWorker::idle() const {
  return static_cast<size_t>(std::count_if(environments_.begin(), environments_.end(), [](const auto& entry) {
    return entry.second.state == Environment::State::kIdle;
  }));
}

size_t SimulatedWorker::provisioned() const {
  return static_cast<size_t>(std::count_if(environments_.begin(), environments_.end(),
                                           [](const auto& entry) { return entry.second.provisioned; }));
}

std::vector<std::string> SimulatedWorker::Running() const {
  std::vector<std::string> requests;
  for (const auto& [id, environment] : environments_) {
    const bool runs = environment.state == Environment::State::kBusy && environment.session == session_;
    if (runs) requests.push_back(environment.invoke.request_id());
  }
  return requests;
}

void SimulatedWorker::Later(Nanoseconds delay, const std::string& id, Step step) {
  const uint64_t turn = environments_.at(id).turn;
  world_.After(delay, [this, id, step, turn, life = life_] {
    const auto it = environments_.find(id);
    if (life == life_ && it != environments_.end() && it->second.turn == turn) (this->*step)(id, it->second);
  });
}

void SimulatedWorker::Enter(Environment& environment, Environment::State state) {
  const double seconds = std::chrono::duration<double>(world_.Now() - environment.since).count();
  const double use = seconds * static_cast<double>(environment.memory_bytes / kBytesPerMb);
  (environment.state == Environment::State::kIdle ? memory_use_.idle : memory_use_.busy) += use;
  environment.state = state;
  environment.since = world_.Now();
  ++environment.turn;
}

// Environments idle longest go first, never those of the function that asks.
bool SimulatedWorker::MakeRoom(int64_t bytes, const std::string& key) {
  while (reserved_bytes_ + bytes > options_.memory_bytes) {
    auto oldest = environments_.end();
    for (auto it = environments_.begin(); it != environments_.end(); ++it) {
      if (it->second.state != Environment::State::kIdle || it->second.key == key || it->second.provisioned) continue;
      if (oldest == environments_.end() || it->second.since < oldest->second.since) oldest = it;
    }
    if (oldest == environments_.end()) return false;
    Close(std::string(oldest->first), node::EnvironmentGone::MEMORY_PRESSURE);
  }
  return true;
}

void SimulatedWorker::OnStart(const node::StartEnvironment& start) {
  const int64_t bytes = start.spec().memory_mb() * kBytesPerMb;
  const std::string& id = start.environment_id();
  if (environments_.contains(id)) return ledger_.Violation(fmt::format("{} is started twice", id));
  if (!MakeRoom(bytes, start.spec().provisioned() ? "" : start.spec().key()))
    return SendGone(id, node::EnvironmentGone::REFUSED, "no room");
  reserved_bytes_ += bytes;
  ++starts_;
  Environment& environment = environments_[id];
  environment.function =
      &workload_.functions().at(static_cast<size_t>(std::stoi(start.spec().function_name().substr(1))));
  environment.key = start.spec().key();
  environment.revision = std::stoi(environment.key.substr(environment.key.find('/') + 1));
  environment.memory_bytes = bytes;
  environment.provisioned = start.spec().provisioned();
  environment.since = world_.Now();
  Later(workload_.StartTime(*environment.function), id, &SimulatedWorker::Started);
}

void SimulatedWorker::Started(const std::string& id, Environment& environment) {
  if (world_.Chance(options_.start_failure)) return Close(id, node::EnvironmentGone::FAILED);
  Enter(environment, Environment::State::kIdle);
  node::WorkerMessage message;
  message.mutable_environment_ready()->set_environment_id(id);
  message.mutable_environment_ready()->set_init_failed(world_.Chance(options_.init_failure));
  send_(std::move(message));
  if (environment.stop_wanted) return Close(id, node::EnvironmentGone::STOPPED);
  Later(options_.keep_alive, id, &SimulatedWorker::Outlived);
}

void SimulatedWorker::OnInvoke(const node::Invoke& invoke) {
  const std::string& id = invoke.environment_id();
  const auto it = environments_.find(id);
  if (it == environments_.end() || it->second.state != Environment::State::kIdle) {
    if (it != environments_.end()) ledger_.Violation(fmt::format("{} is invoked and is not idle", id));
    node::WorkerMessage message;
    message.mutable_invocation_result()->set_invocation_id(invoke.invocation_id());
    message.mutable_invocation_result()->set_outcome(node::InvocationResult::REJECTED);
    return send_(std::move(message));
  }
  Environment& environment = it->second;
  Enter(environment, Environment::State::kBusy);
  environment.session = session_;
  environment.invoke = invoke;
  ledger_.RunBegan(invoke.request_id(), environment.revision, std::exchange(environment.fresh, false));
  Later(workload_.RunTime(*environment.function), id, &SimulatedWorker::FinishRun);
}

void SimulatedWorker::FinishRun(const std::string& id, Environment& environment) {
  ledger_.RunEnded(environment.invoke.request_id());
  const bool dies = world_.Chance(options_.death);
  const bool idle_at_once = !dies && !environment.stop_wanted && world_.Chance(0.8);
  const bool asked_here = environment.session == session_;  // who asked in an older session has been answered
  if (asked_here) {
    node::WorkerMessage message;
    node::InvocationResult& result = *message.mutable_invocation_result();
    result.set_invocation_id(environment.invoke.invocation_id());
    result.set_outcome(dies ? node::InvocationResult::FUNCTION_ERROR : node::InvocationResult::SUCCESS);
    result.set_environment_idle(idle_at_once);
    result.set_duration_us((world_.Now() - environment.since) / std::chrono::microseconds(1));
    send_(std::move(message));
  }
  if (dies || environment.stop_wanted) return Close(id, node::EnvironmentGone::STOPPED);
  if (idle_at_once && asked_here) return BecomeIdle(id, environment);
  ++environment.turn;
  Later(std::chrono::milliseconds(world_.Below(20)), id, &SimulatedWorker::AnnounceIdle);
}

void SimulatedWorker::AnnounceIdle(const std::string& id, Environment& environment) {
  if (environment.stop_wanted) return Close(id, node::EnvironmentGone::STOPPED);
  BecomeIdle(id, environment);
  node::WorkerMessage message;
  message.mutable_environment_idle()->set_environment_id(id);
  send_(std::move(message));
}

void SimulatedWorker::BecomeIdle(const std::string& id, Environment& environment) {
  Enter(environment, Environment::State::kIdle);
  Later(options_.keep_alive, id, &SimulatedWorker::Outlived);
}

void SimulatedWorker::Outlived(const std::string& id, Environment& environment) {
  if (!environment.provisioned) Close(id, node::EnvironmentGone::IDLE_TIMEOUT);
}

void SimulatedWorker::OnStop(const std::string& id) {
  const auto it = environments_.find(id);
  if (it == environments_.end()) return;
  if (it->second.state == Environment::State::kIdle) return Close(id, node::EnvironmentGone::STOPPED);
  it->second.stop_wanted = true;
}

void SimulatedWorker::Close(const std::string& id, node::EnvironmentGone::Reason reason) {
  const std::string name = id;  // may be the key of what is erased
  const auto it = environments_.find(name);
  Enter(it->second, it->second.state);
  reserved_bytes_ -= it->second.memory_bytes;
  environments_.erase(it);
  SendGone(name, reason, "");
}

void SimulatedWorker::SendGone(const std::string& id, node::EnvironmentGone::Reason reason, const std::string& detail) {
  node::WorkerMessage message;
  node::EnvironmentGone& gone = *message.mutable_environment_gone();
  gone.set_environment_id(id);
  gone.set_reason(reason);
  gone.set_detail(detail);
  send_(std::move(message));
}

void SimulatedWorker::Crash() {
  ++life_;
  for (auto& [id, environment] : environments_) {
    Enter(environment, environment.state);
    if (!environment.invoke.request_id().empty()) ledger_.RunEnded(environment.invoke.request_id());
  }
  environments_.clear();
  reserved_bytes_ = 0;
}

}  // namespace hearth::simulation
