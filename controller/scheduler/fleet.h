// Fleet knows the joined workers and what they hold, and chooses where an environment starts (worker_ring.h). Workers
// may still refuse.
//
// Shapes:  memory in bytes.
// Threads: any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/mutex.h"
#include "common/random.h"
#include "controller/scheduler/runtime_support.h"
#include "controller/scheduler/worker_ring.h"
#include "proto/node.pb.h"

namespace hearth::controller {

struct StartNeed {
  std::string locality;  // "account/function": what should meet again on one worker
  std::string runtime;
  std::string runtime_version_arn = {};  // of the version it must be; empty: the best there is
  std::string architecture;              // empty: any
  int64_t memory_bytes = 0;
};

struct FleetSnapshot {
  int workers = 0;  // that take work
  int64_t memory_bytes = 0;
  int64_t memory_reserved_bytes = 0;
  int64_t environments = 0;  // as the workers last reported
};

class Fleet {
 public:
  Fleet(RuntimeSupport& runtimes, Random& random) : runtimes_(runtimes), random_(random) {}

  void Join(const node::Hello& hello);
  void Leave(const std::string& worker_id);
  void Report(const std::string& worker_id, const node::Capacity& capacity);

  // Reserves the memory on the chosen worker; nullopt when no worker outside `excluded` serves the need.
  std::optional<std::string> Choose(const StartNeed& need, const std::vector<std::string>& excluded);
  void Release(const std::string& worker_id, int64_t memory_bytes);

  FleetSnapshot Snapshot() const;

 private:
  // Of one version of a runtime, by its ARN, and one architecture; empty: of any.
  using RingKey = std::pair<std::string, std::string>;
  struct Worker {
    FleetWorker figures;
    std::vector<RingKey> rings;
    bool draining = false;  // then it is in no ring
  };

  void Remove(const std::string& worker_id) REQUIRES(mutex_);
  void LeaveRings(Worker& worker) REQUIRES(mutex_);
  // The worker has this much memory and this much of it is reserved; its rings know.
  void SetFigures(Worker& worker, int64_t memory_bytes, int64_t reserved_bytes) REQUIRES(mutex_);

  RuntimeSupport& runtimes_;
  Random& random_;
  mutable Mutex mutex_;
  std::map<std::string, Worker> workers_ GUARDED_BY(mutex_);
  std::map<RingKey, WorkerRing> rings_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
