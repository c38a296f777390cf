#include "worker/agent/controller_link.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/rpc/byte_buffers.h"
#include "common/rpc/poller.h"
#include "worker/agent/alarm.h"
#include "worker/agent/channels.h"
#include "worker/agent/command_router.h"
#include "worker/agent/fetch_stream.h"
#include "worker/agent/log_buffer.h"
#include "worker/agent/log_uplink.h"
#include "worker/agent/session_stream.h"
#include "worker/agent/write_all.h"

namespace hearth::worker {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstRedial{20};
constexpr milliseconds kLongestRedial{1000};
constexpr milliseconds kHeartbeat{1000};
// Longer than a controller takes to start again; together with the keepalive's 2.5 s, how long a worker that was cut
// off goes on at most.
constexpr int kBeatsUntilFenced = 2;

absl::Status CopyTo(FetchStream& fetch, int file_descriptor) {
  for (;;) {
    ASSIGN_OR_RETURN(const std::optional<std::string> chunk, fetch.Next());
    if (!chunk) return absl::OkStatus();
    RETURN_IF_ERROR(WriteAll(file_descriptor, *chunk));
  }
}

class GrpcControllerLink final : public ControllerLink, public SessionOwner {
 public:
  GrpcControllerLink(ControllerLinkOptions options, std::unique_ptr<Channels> channels, Random& random)
      : options_(std::move(options)), channels_(std::move(channels)), random_(random) {}
  ~GrpcControllerLink() override { Stop(); }

  void Start(EnvironmentPool& pool) override;
  void Stop() override;
  void Drain() override;
  bool drained() const override;
  bool connected() const override;
  ControllerLinkCounts Counts() const override;

  void OnEnvironmentReady(node::EnvironmentReady ready) override;
  void OnEnvironmentGone(node::EnvironmentGone gone) override;
  void OnInvocationResult(node::InvocationResult result) override;
  void OnEnvironmentIdle(node::EnvironmentIdle idle) override;
  void OnResponsePiece(node::BulkChunk piece) override;
  void OnIdentityRenewal(node::IdentityRenewal renewal) override;
  absl::Status Fetch(const std::string& code_sha256, int file_descriptor) override;
  void Ship(node::LogBatch batch) override;

 private:
  node::Hello MakeHello() override;
  void OnWelcome(SessionStream& session) override;
  void OnCommand(SessionStream& session, node::ControllerMessage message) override;
  void OnSessionEnd(SessionStream& session, const std::string& reason) override;

  void Dial();
  void Beat();
  void SendCapacity();
  void StopWhatRuns();
  void OpenLogs(const std::string& session_id);
  void OnLogsEnd();
  void CancelFetches();
  absl::StatusOr<std::shared_ptr<FetchStream>> OpenFetch(const std::string& code_sha256);
  void Send(const node::WorkerMessage& message);
  std::shared_ptr<SessionStream> Session() const;

  const ControllerLinkOptions options_;
  const std::unique_ptr<Channels> channels_;
  Random& random_;
  LogBuffer logs_;
  EnvironmentPool* pool_ = nullptr;
  std::optional<CommandRouter> router_;

  grpc::CompletionQueue queue_;
  rpc::Poller poller_{queue_};
  Alarm redial_{poller_, [this] { Dial(); }};
  Alarm heartbeat_{poller_, [this] { Beat(); }};
  milliseconds redial_after_ = kFirstRedial;  // poller thread
  uint64_t sessions_dialled_ = 0;             // poller thread
  int beats_without_session_ = 0;             // poller thread

  mutable Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool draining_ GUARDED_BY(mutex_) = false;
  bool released_ GUARDED_BY(mutex_) = false;                   // by the controller; a new session begins without
  std::shared_ptr<SessionStream> session_ GUARDED_BY(mutex_);  // dialled or open
  std::string session_id_ GUARDED_BY(mutex_);                  // empty until welcomed
  std::shared_ptr<LogUplink> uplink_ GUARDED_BY(mutex_);
  absl::flat_hash_set<std::shared_ptr<FetchStream>> fetches_ GUARDED_BY(mutex_);
  ControllerLinkCounts counts_ GUARDED_BY(mutex_);
};

void GrpcControllerLink::Start(EnvironmentPool& pool) {
  pool_ = &pool;
  router_.emplace(pool);
  LogInfo("dialling the controller", {{"controller", options_.controller}, {"worker", options_.worker_id}});
  redial_.Set(milliseconds(0));
  heartbeat_.Set(kHeartbeat);
  poller_.Start();
}

void GrpcControllerLink::Stop() {
  std::shared_ptr<SessionStream> session;
  std::shared_ptr<LogUplink> uplink;
  {
    MutexLock lock(mutex_);
    if (std::exchange(stopping_, true)) return;
    session = session_;
    uplink = uplink_;
  }
  redial_.Cancel();
  heartbeat_.Cancel();
  if (session != nullptr) session->Cancel();
  if (uplink != nullptr) uplink->Cancel();
  CancelFetches();
  session.reset();
  uplink.reset();
  poller_.Stop();
}

void GrpcControllerLink::Drain() {
  {
    MutexLock lock(mutex_);
    draining_ = true;
  }
  SendCapacity();
}

bool GrpcControllerLink::drained() const {
  MutexLock lock(mutex_);
  return session_id_.empty() || (released_ && logs_.empty());
}

bool GrpcControllerLink::connected() const {
  MutexLock lock(mutex_);
  return !session_id_.empty();
}

ControllerLinkCounts GrpcControllerLink::Counts() const {
  MutexLock lock(mutex_);
  ControllerLinkCounts counts = counts_;
  counts.dropped_log_records = logs_.dropped_records();
  return counts;
}

void GrpcControllerLink::Dial() {
  const auto session = std::make_shared<SessionStream>(poller_, *channels_, *this, ++sessions_dialled_);
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    session_ = session;
  }
  session->Run();
}

node::Hello GrpcControllerLink::MakeHello() {
  node::Hello hello;
  hello.set_worker_id(options_.worker_id);
  hello.set_epoch(options_.epoch);
  hello.set_memory_bytes(options_.memory_bytes);
  hello.set_architecture(options_.architecture);
  for (const node::InstalledRuntime& runtime : options_.runtimes) *hello.add_runtimes() = runtime;
  for (node::RunningEnvironment& running : pool_->Running()) *hello.add_environments() = std::move(running);
  return hello;
}

void GrpcControllerLink::OnWelcome(SessionStream& session) {
  redial_after_ = kFirstRedial;
  bool draining = false;
  {
    MutexLock lock(mutex_);
    session_id_ = session.session_id();
    ++counts_.sessions;
    released_ = false;
    draining = draining_;
  }
  LogInfo("joined the controller", {{"controller", options_.controller}});
  OpenLogs(session.session_id());
  if (draining) SendCapacity();
}

void GrpcControllerLink::OnCommand(SessionStream& session, node::ControllerMessage message) {
  if (message.has_drained()) {
    MutexLock lock(mutex_);
    released_ = true;
    return;
  }
  router_->Route(session.number(), std::move(message));
}

void GrpcControllerLink::OnSessionEnd(SessionStream&, const std::string& reason) {
  std::shared_ptr<LogUplink> uplink;
  {
    MutexLock lock(mutex_);
    session_.reset();
    session_id_.clear();
    uplink = uplink_;
    if (stopping_) return;
  }
  LogWarn("no session with the controller", {{"controller", options_.controller}, {"reason", reason}});
  if (uplink != nullptr) uplink->Cancel();
  CancelFetches();
  pool_->DiscardResponses();  // their callers were answered when the session ended
  const auto jitter = milliseconds(random_.Below(static_cast<uint64_t>(redial_after_.count())));
  redial_.Set(redial_after_ + jitter);
  redial_after_ = std::min(2 * redial_after_, kLongestRedial);
}

void GrpcControllerLink::Beat() {
  std::string session_id;
  bool logs_open = false;
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    session_id = session_id_;
    logs_open = uplink_ != nullptr;
  }
  beats_without_session_ = session_id.empty() ? beats_without_session_ + 1 : 0;
  if (beats_without_session_ == kBeatsUntilFenced) StopWhatRuns();
  if (!session_id.empty()) {
    SendCapacity();
    if (!logs_open) OpenLogs(session_id);
  }
  heartbeat_.Set(kHeartbeat);
}

void GrpcControllerLink::SendCapacity() {
  node::WorkerMessage message;
  *message.mutable_capacity() = pool_->CurrentCapacity();
  {
    MutexLock lock(mutex_);
    if (session_id_.empty()) return;
    message.mutable_capacity()->set_draining(draining_);
  }
  Send(message);
}

// Its callers were answered when the session ended, and events may be tried on another worker by now.
void GrpcControllerLink::StopWhatRuns() {
  for (const std::string& environment_id : router_->BusyEnvironments()) {
    LogWarn("an invocation is stopped: its controller is lost", {{"environment", environment_id}});
    pool_->Abort(environment_id);
  }
}

void GrpcControllerLink::OpenLogs(const std::string& session_id) {
  auto call = channels_->Prepare(Channels::Use::kOther, "ShipLogs", session_id, poller_);
  const auto uplink = std::make_shared<LogUplink>(poller_, std::move(call), logs_, [this] { OnLogsEnd(); });
  {
    MutexLock lock(mutex_);
    if (stopping_ || uplink_ != nullptr) return;
    uplink_ = uplink;
  }
  uplink->Run();
}

void GrpcControllerLink::OnLogsEnd() {
  MutexLock lock(mutex_);
  uplink_.reset();
}

std::shared_ptr<SessionStream> GrpcControllerLink::Session() const {
  MutexLock lock(mutex_);
  return stopping_ ? nullptr : session_;
}

void GrpcControllerLink::Send(const node::WorkerMessage& message) {
  if (const std::shared_ptr<SessionStream> session = Session()) session->Send(message);
}

void GrpcControllerLink::OnEnvironmentReady(node::EnvironmentReady ready) {
  node::WorkerMessage message;
  *message.mutable_environment_ready() = std::move(ready);
  Send(message);
}

void GrpcControllerLink::OnEnvironmentGone(node::EnvironmentGone gone) {
  node::WorkerMessage message;
  *message.mutable_environment_gone() = std::move(gone);
  Send(message);
}

void GrpcControllerLink::OnEnvironmentIdle(node::EnvironmentIdle idle) {
  node::WorkerMessage message;
  *message.mutable_environment_idle() = std::move(idle);
  Send(message);
}

void GrpcControllerLink::OnResponsePiece(node::BulkChunk piece) {
  const std::shared_ptr<SessionStream> session = Session();
  if (session == nullptr || router_->SessionOf(piece.invocation_id()) != session->number()) return;
  session->SendPiece(std::move(piece));
}

void GrpcControllerLink::OnIdentityRenewal(node::IdentityRenewal renewal) {
  node::WorkerMessage message;
  *message.mutable_identity_renewal() = std::move(renewal);
  Send(message);
}

void GrpcControllerLink::OnInvocationResult(node::InvocationResult result) {
  std::optional<CommandRouter::Flight> flight = router_->Settle(result.invocation_id());
  const std::shared_ptr<SessionStream> session = Session();
  if (flight && session != nullptr && flight->session == session->number()) {
    return session->SendResult(std::move(result), flight->environment_id);
  }
  {
    MutexLock lock(mutex_);
    ++counts_.stale_results;
  }
  if (!flight || !result.environment_idle()) return;
  node::EnvironmentIdle idle;
  idle.set_environment_id(std::move(flight->environment_id));
  OnEnvironmentIdle(std::move(idle));
}

void GrpcControllerLink::CancelFetches() {
  std::vector<std::shared_ptr<FetchStream>> fetches;
  {
    MutexLock lock(mutex_);
    fetches.assign(fetches_.begin(), fetches_.end());
  }
  for (const std::shared_ptr<FetchStream>& fetch : fetches) fetch->Cancel();
}

absl::StatusOr<std::shared_ptr<FetchStream>> GrpcControllerLink::OpenFetch(const std::string& code_sha256) {
  node::ArtifactRequest request;
  request.set_worker_id(options_.worker_id);
  request.set_code_sha256(code_sha256);
  MutexLock lock(mutex_);
  if (stopping_ || session_id_.empty()) return absl::UnavailableError("no session with the controller");
  auto call = channels_->Prepare(Channels::Use::kOther, "FetchArtifact", session_id_, poller_);
  auto fetch = std::make_shared<FetchStream>(poller_, std::move(call), rpc::BufferOf(request));
  fetches_.insert(fetch);
  return fetch;
}

absl::Status GrpcControllerLink::Fetch(const std::string& code_sha256, int file_descriptor) {
  ASSIGN_OR_RETURN(const std::shared_ptr<FetchStream> fetch, OpenFetch(code_sha256));
  fetch->Run();
  absl::Status status = CopyTo(*fetch, file_descriptor);
  if (!status.ok()) fetch->Cancel();
  MutexLock lock(mutex_);
  fetches_.erase(fetch);
  return status;
}

void GrpcControllerLink::Ship(node::LogBatch batch) {
  logs_.Add(std::move(batch));
  std::shared_ptr<LogUplink> uplink;
  {
    MutexLock lock(mutex_);
    uplink = uplink_;
  }
  if (uplink != nullptr) uplink->Wake();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ControllerLink>> ControllerLink::Create(ControllerLinkOptions options, Random& random) {
  ASSIGN_OR_RETURN(std::unique_ptr<Channels> channels, Channels::To(options.controller));
  return std::make_unique<GrpcControllerLink>(std::move(options), std::move(channels), random);
}

}  // namespace hearth::worker
