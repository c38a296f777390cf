// CommandRouter hands the controller's commands to the pool and remembers which session each invocation came over.
//
// Threads: Route on the poller thread; Settle from any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/mutex.h"
#include "proto/node.pb.h"
#include "worker/environments/environment_pool.h"

namespace hearth::worker {

class CommandRouter {
 public:
  explicit CommandRouter(EnvironmentPool& pool) : pool_(pool) {}

  // Payloads are whole. Sessions are numbered from 1.
  void Route(uint64_t session, node::ControllerMessage message);

  struct Flight {
    uint64_t session = 0;
    std::string environment_id;
  };
  // Which session it came over; nullopt for one that is not under way.
  std::optional<uint64_t> SessionOf(uint64_t invocation_id) const;
  // Where the invocation came from, once; nullopt for one never received.
  std::optional<Flight> Settle(uint64_t invocation_id);
  // Where invocations run that are not settled.
  std::vector<std::string> BusyEnvironments() const;

 private:
  EnvironmentPool& pool_;
  mutable Mutex mutex_;
  absl::flat_hash_map<uint64_t, Flight> flights_ GUARDED_BY(mutex_);
};

}  // namespace hearth::worker
