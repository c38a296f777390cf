// ControllerLink is the worker's conversation with its controller: the only gRPC in the worker.
//
// It dials for ever, says Hello with what survived, hands commands to the pool and sends back what the pool reports. It
// also fetches code packages and ships logs. A result whose invocation came over a session that is lost is dropped: its
// caller was answered when that session ended. Two heartbeats in a row, a second apart, without a session, and what
// still runs is stopped: the controller may have it run elsewhere.
//
// Shapes:  addresses are "unix:/path" or "host:port" on loopback.
// Errors:  Create answers FailedPrecondition beyond loopback. Fetch: Unavailable without a session, else the
//          controller's answer. A session that breaks is dialled again, with back-off.
// Threads: commands reach the pool on the one poller thread. Events, Ship: any thread, never block. Fetch blocks.
// Lifetime: Stop before the pool goes; events after that are dropped.
// Limits:  kMaxOutboxBytes of messages; past kBulkSoftLimitBytes of payloads an environment stays busy until its own is
//          sent; logs: log_buffer.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/random.h"
#include "proto/node.pb.h"
#include "worker/artifacts/artifact_cache.h"
#include "worker/environments/environment_pool.h"
#include "worker/logs/log_shipper.h"

namespace hearth::worker {

inline constexpr size_t kMaxOutboxBytes = size_t{64} << 20;
inline constexpr size_t kBulkSoftLimitBytes = size_t{128} << 20;

struct ControllerLinkOptions {
  std::string controller;  // its address
  std::string worker_id;
  uint64_t epoch = 0;  // grows with every start of the worker process
  int64_t memory_bytes = 0;
  std::string architecture;
  std::vector<node::InstalledRuntime> runtimes;
};

struct ControllerLinkCounts {
  int64_t sessions = 0;  // welcomed since the start
  int64_t stale_results = 0;
  int64_t dropped_log_records = 0;
};

class ControllerLink : public PoolEvents, public ArtifactFetcher, public LogShipper {
 public:
  static absl::StatusOr<std::unique_ptr<ControllerLink>> Create(ControllerLinkOptions options, Random& random);

  // Once.
  virtual void Start(EnvironmentPool& pool) = 0;
  virtual void Stop() = 0;

  // Tells the controller, now and whenever it is dialled again, to send nothing new.
  virtual void Drain() = 0;
  // After Drain: the controller waits for nothing more from here and has all logs, or there is no controller.
  virtual bool drained() const = 0;

  virtual bool connected() const = 0;  // the controller said Welcome
  virtual ControllerLinkCounts Counts() const = 0;
};

}  // namespace hearth::worker
