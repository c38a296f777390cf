// SessionTable knows which session speaks for which worker, and carries commands in and events out.
//
// Errors:  Join answers InvalidArgument for a malformed Hello, FailedPrecondition for an epoch lower than one seen.
// Threads: Join, Leave and Deliver on the poller thread; commands and Find from any.
// Limits:  kMaxWorkers names are remembered.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/random.h"
#include "controller/cluster/shipped_logs.h"
#include "controller/scheduler/worker_link.h"

namespace hearth::controller {

// The wire under one session.
class SessionLink {
 public:
  virtual ~SessionLink() = default;
  virtual absl::Status Send(const node::ControllerMessage& message) = 0;
  virtual absl::Status SendBulk(uint64_t invocation_id, std::shared_ptr<const std::string> payload) = 0;
  virtual void Close() = 0;  // Leave follows
};

class SessionTable final : public WorkerCommands {
 public:
  static constexpr size_t kMaxWorkers = 10000;

  // As NodeSessions::RenewIdentity; none: no token is renewed.
  using RenewIdentity = std::function<std::optional<node::IdentityToken>(const std::string& token)>;

  explicit SessionTable(Random& random, RenewIdentity renew_identity = {})
      : random_(random), controller_id_(random.Hex(8)), renew_identity_(std::move(renew_identity)) {}

  // Before the first Join.
  void Attach(WorkerEvents& events) { events_ = &events; }

  // Welcomes the worker, tells the events, and returns the id of the session.
  absl::StatusOr<std::string> Join(const std::shared_ptr<SessionLink>& link, const node::Hello& hello);
  // Nothing when another session has replaced this one.
  void Leave(const std::string& session_id);
  void Deliver(const std::string& session_id, node::WorkerMessage message);
  void DeliverPiece(const std::string& session_id, node::BulkChunk piece);
  std::shared_ptr<SessionLink> Find(const std::string& session_id) const;
  // Of the worker process behind a session, the same over all its sessions; nullptr when there is no such session.
  std::shared_ptr<ShippedLogs> LogsOf(const std::string& session_id) const;

  absl::Status Start(const std::string& worker_id, const node::StartEnvironment& start) override;
  absl::Status Invoke(const std::string& worker_id, const Invocation& invocation) override;
  absl::Status Stop(const std::string& worker_id, const std::string& environment_id) override;
  absl::Status Credit(const std::string& worker_id, const node::ResponseCredit& credit) override;
  absl::Status Release(const std::string& worker_id) override;

 private:
  struct Session {
    std::string session_id;
    std::shared_ptr<SessionLink> link;
  };

  std::shared_ptr<SessionLink> LinkOf(const std::string& worker_id) const;
  absl::Status SendTo(const std::string& worker_id, const node::ControllerMessage& message);
  std::string WorkerOf(const std::string& session_id) const;
  void Renew(const std::string& worker_id, const node::IdentityRenewal& renewal);
  // Takes the worker's session out, if there is one.
  std::shared_ptr<SessionLink> Remove(const std::string& worker_id);

  Random& random_;
  const std::string controller_id_;
  const RenewIdentity renew_identity_;
  WorkerEvents* events_ = nullptr;
  mutable Mutex mutex_;
  struct Known {
    uint64_t epoch = 0;  // highest seen
    std::shared_ptr<ShippedLogs> logs;
  };
  absl::flat_hash_map<std::string, Known> known_ GUARDED_BY(mutex_);          // by worker
  absl::flat_hash_map<std::string, Session> sessions_ GUARDED_BY(mutex_);     // by worker
  absl::flat_hash_map<std::string, std::string> workers_ GUARDED_BY(mutex_);  // session id -> worker
};

}  // namespace hearth::controller
