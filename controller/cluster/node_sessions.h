// NodeSessions holds the conversation with every worker: the only gRPC in the controller.
//
// A worker is its worker_id; a new session of the same or a higher epoch replaces the old one, a lower epoch is
// refused. When a session ends, OnWorkerLost says so at once; a peer that falls silent is noticed within three seconds.
//
// Shapes:  addresses are "unix:/path" (mode 0600) or "host:port"; port 0 takes any.
// Errors:  Listen refuses plain TCP beyond loopback: workers cannot be authenticated without mTLS.
// Threads: commands from any thread. Events come from the one poller thread. Close not from an event.
// Limits:  kMaxSessionQueueBytes and kMaxBulkQueueBytes wait per worker; past them commands answer ResourceExhausted.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/random.h"
#include "common/unique_fd.h"
#include "controller/observe/log_sink.h"
#include "controller/scheduler/worker_link.h"

namespace hearth::controller {

inline constexpr size_t kMaxSessionQueueBytes = size_t{64} << 20;
inline constexpr size_t kMaxBulkQueueBytes = size_t{256} << 20;

class NodeSessions : public WorkerCommands {
 public:
  // The package of this SHA-256 (64 hex digits), open for reading. Blocks; called off the poller thread.
  using OpenArtifact = std::function<absl::StatusOr<UniqueFd>(const std::string& code_sha256)>;

  // Another identity token for whom the given one was made; nullopt leaves the worker without an answer. Memory only.
  using RenewIdentity = std::function<std::optional<node::IdentityToken>(const std::string& token)>;

  static std::unique_ptr<NodeSessions> Create(OpenArtifact open_artifact, RenewIdentity renew_identity,
                                              LogSink& log_sink, Random& random);

  // Once. Returns the bound address.
  virtual absl::StatusOr<std::string> Listen(const std::string& address, WorkerEvents& events) = 0;
  // Ends every session (with its OnWorkerLost) and the listener. The destructor does too.
  virtual void Close() = 0;
};

}  // namespace hearth::controller
