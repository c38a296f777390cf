#include "controller/cluster/session_table.h"

#include <fmt/format.h>

#include <utility>

#include "common/errors.h"
#include "common/log.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxWorkerIdBytes = 128;

absl::Status Check(const node::Hello& hello) {
  if (hello.worker_id().empty() || hello.worker_id().size() > kMaxWorkerIdBytes) {
    return absl::InvalidArgumentError("a worker's id has 1 to 128 bytes");
  }
  if (hello.memory_bytes() <= 0) return absl::InvalidArgumentError("a worker has memory for environments");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> SessionTable::Join(const std::shared_ptr<SessionLink>& link, const node::Hello& hello) {
  RETURN_IF_ERROR(Check(hello));
  {
    MutexLock lock(mutex_);
    if (known_.size() >= kMaxWorkers && !known_.contains(hello.worker_id())) {
      return absl::ResourceExhaustedError("too many workers have joined");
    }
    Known& known = known_[hello.worker_id()];
    if (hello.epoch() < known.epoch) {
      return absl::FailedPreconditionError(fmt::format("worker {} has a session of epoch {}; epoch {} is stale",
                                                       hello.worker_id(), known.epoch, hello.epoch()));
    }
    if (hello.epoch() > known.epoch || known.logs == nullptr) known.logs = std::make_shared<ShippedLogs>();
    known.epoch = hello.epoch();
  }
  if (const std::shared_ptr<SessionLink> replaced = Remove(hello.worker_id())) {
    events_->OnWorkerLost(hello.worker_id());
    replaced->Close();
  }
  std::string session_id = random_.Hex(16);
  node::ControllerMessage welcome;
  welcome.mutable_welcome()->set_controller_id(controller_id_);
  welcome.mutable_welcome()->set_session_id(session_id);
  RETURN_IF_ERROR(link->Send(welcome));
  {
    MutexLock lock(mutex_);
    sessions_[hello.worker_id()] = {session_id, link};
    workers_[session_id] = hello.worker_id();
  }
  LogInfo("worker joined", {{"worker", hello.worker_id()}, {"epoch", std::to_string(hello.epoch())}});
  events_->OnWorkerJoined(hello);
  return session_id;
}

void SessionTable::Leave(const std::string& session_id) {
  const std::string worker_id = WorkerOf(session_id);
  if (worker_id.empty() || !Remove(worker_id)) return;
  LogWarn("worker lost", {{"worker", worker_id}});
  events_->OnWorkerLost(worker_id);
}

std::shared_ptr<SessionLink> SessionTable::Remove(const std::string& worker_id) {
  MutexLock lock(mutex_);
  const auto it = sessions_.find(worker_id);
  if (it == sessions_.end()) return nullptr;
  std::shared_ptr<SessionLink> link = std::move(it->second.link);
  workers_.erase(it->second.session_id);
  sessions_.erase(it);
  return link;
}

void SessionTable::Deliver(const std::string& session_id, node::WorkerMessage message) {
  const std::string worker_id = WorkerOf(session_id);
  if (worker_id.empty()) return;  // replaced: what it says is stale
  switch (message.kind_case()) {
    case node::WorkerMessage::kEnvironmentReady:
      return events_->OnEnvironmentReady(worker_id, message.environment_ready());
    case node::WorkerMessage::kEnvironmentGone:
      return events_->OnEnvironmentGone(worker_id, message.environment_gone());
    case node::WorkerMessage::kInvocationResult:
      return events_->OnInvocationResult(worker_id, std::move(*message.mutable_invocation_result()));
    case node::WorkerMessage::kEnvironmentIdle:
      return events_->OnEnvironmentIdle(worker_id, message.environment_idle());
    case node::WorkerMessage::kCapacity:
      return events_->OnCapacity(worker_id, message.capacity());
    case node::WorkerMessage::kIdentityRenewal:
      return Renew(worker_id, message.identity_renewal());
    case node::WorkerMessage::kHello:
    case node::WorkerMessage::KIND_NOT_SET:
      return;  // of a newer worker
  }
}

void SessionTable::DeliverPiece(const std::string& session_id, node::BulkChunk piece) {
  const std::string worker_id = WorkerOf(session_id);
  if (!worker_id.empty()) events_->OnResponsePiece(worker_id, std::move(piece));
}

// The old token says for whom the new one is, so nothing needs to be remembered of environments.
void SessionTable::Renew(const std::string& worker_id, const node::IdentityRenewal& renewal) {
  std::optional<node::IdentityToken> identity =
      renew_identity_ ? renew_identity_(renewal.token()) : std::optional<node::IdentityToken>();
  if (!identity) {
    return LogWarn("an identity token is not renewed",
                   {{"worker", worker_id}, {"environment", renewal.environment_id()}});
  }
  node::ControllerMessage message;
  message.mutable_renewed_identity()->set_environment_id(renewal.environment_id());
  *message.mutable_renewed_identity()->mutable_identity() = *std::move(identity);
  SendTo(worker_id, message).IgnoreError();  // the worker asks again
}

std::shared_ptr<ShippedLogs> SessionTable::LogsOf(const std::string& session_id) const {
  MutexLock lock(mutex_);
  const auto worker = workers_.find(session_id);
  return worker == workers_.end() ? nullptr : known_.at(worker->second).logs;
}

std::string SessionTable::WorkerOf(const std::string& session_id) const {
  MutexLock lock(mutex_);
  const auto it = workers_.find(session_id);
  return it == workers_.end() ? std::string() : it->second;
}

std::shared_ptr<SessionLink> SessionTable::Find(const std::string& session_id) const {
  MutexLock lock(mutex_);
  const auto it = workers_.find(session_id);
  return it == workers_.end() ? nullptr : sessions_.at(it->second).link;
}

std::shared_ptr<SessionLink> SessionTable::LinkOf(const std::string& worker_id) const {
  MutexLock lock(mutex_);
  const auto it = sessions_.find(worker_id);
  return it == sessions_.end() ? nullptr : it->second.link;
}

absl::Status SessionTable::SendTo(const std::string& worker_id, const node::ControllerMessage& message) {
  const std::shared_ptr<SessionLink> link = LinkOf(worker_id);
  if (link == nullptr) return absl::UnavailableError(fmt::format("worker {} has no session", worker_id));
  return link->Send(message);
}

absl::Status SessionTable::Start(const std::string& worker_id, const node::StartEnvironment& start) {
  node::ControllerMessage message;
  *message.mutable_start_environment() = start;
  return SendTo(worker_id, message);
}

absl::Status SessionTable::Invoke(const std::string& worker_id, const Invocation& invocation) {
  const std::shared_ptr<SessionLink> link = LinkOf(worker_id);
  if (link == nullptr) return absl::UnavailableError(fmt::format("worker {} has no session", worker_id));
  node::ControllerMessage message;
  *message.mutable_invoke() = invocation.message;
  if (invocation.bulk_payload == nullptr) return link->Send(message);
  RETURN_IF_ERROR(link->SendBulk(invocation.message.invocation_id(), invocation.bulk_payload));
  const absl::Status sent = link->Send(message);
  if (sent.ok()) return sent;
  link->Close();  // the payload travels without its message: nothing can be said to this worker any more
  return absl::UnavailableError(sent.message());
}

absl::Status SessionTable::Stop(const std::string& worker_id, const std::string& environment_id) {
  node::ControllerMessage message;
  message.mutable_stop_environment()->set_environment_id(environment_id);
  return SendTo(worker_id, message);
}

absl::Status SessionTable::Credit(const std::string& worker_id, const node::ResponseCredit& credit) {
  node::ControllerMessage message;
  *message.mutable_response_credit() = credit;
  return SendTo(worker_id, message);
}

absl::Status SessionTable::Release(const std::string& worker_id) {
  node::ControllerMessage message;
  message.mutable_drained();
  return SendTo(worker_id, message);
}

}  // namespace hearth::controller
