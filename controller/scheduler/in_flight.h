// InFlight sends an invocation to its environment and waits for the one answer it gets.
//
// Shapes:  the answer is the worker's InvocationResult, whatever its outcome.
// Errors:  Aborted when nothing was sent because the worker is gone (place again), ResourceExhausted when nothing was
//          sent because its link is full, Unavailable when the worker was lost while it ran, DeadlineExceeded when no
//          answer came within the caller's patience.
// Threads: any thread; the waiting coroutine continues on the thread that brings the answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/async.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/random.h"
#include "controller/scheduler/worker_link.h"

namespace hearth::controller {

// An environment that is this caller's until its invocation ends.
struct Placement {
  std::string worker_id;
  std::string environment_id;
};

class InFlight {
 public:
  using Answer = absl::StatusOr<node::InvocationResult>;

  struct Pending {
    Placement placement;
    MonotonicTime give_up_at;
    Completion<Answer> completion;
  };

  // Ids begin at a random place, so that a late result from before a restart meets no new invocation.
  InFlight(WorkerCommands& workers, Clock& clock, Random& random);

  // Sets invocation_id and environment_id; the rest of `invocation` stays, to be sent again after a rejection.
  Async<Answer> Send(Placement placement, Invocation& invocation, std::chrono::milliseconds patience);

  // Whoever waits for this result from this worker; nullopt when nobody does any more.
  std::optional<Pending> Take(const std::string& worker_id, uint64_t invocation_id);
  void FailWorker(const std::string& worker_id);
  void ExpireOverdue();
  size_t size() const;

 private:
  template <class Predicate>
  void FailWhere(Predicate predicate, const absl::Status& status);

  WorkerCommands& workers_;
  Clock& clock_;
  mutable Mutex mutex_;
  uint64_t next_id_ GUARDED_BY(mutex_);
  absl::flat_hash_map<uint64_t, Pending> pending_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
