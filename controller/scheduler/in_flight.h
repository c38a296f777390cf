// InFlight sends an invocation to its environment and waits for the one answer it gets.
//
// Shapes:  the answer is the worker's InvocationResult, whatever its outcome.
// Errors:  Aborted when nothing was sent because the worker is gone (place again), ResourceExhausted when nothing was
//          sent because its link is full, Unavailable when the worker was lost while it ran, DeadlineExceeded when no
//          answer came within the caller's patience.
// A streamed answer goes to the invocation's ResponseSink as it comes; its result waits for the last piece.
// Threads: any thread; the waiting coroutine continues on the thread that brings the answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
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
    std::shared_ptr<ResponseSink> response = nullptr;
    uint64_t streamed_bytes = 0;                                  // of the answer, given to `response`
    std::optional<node::InvocationResult> result = std::nullopt;  // waits for the last of them
  };

  // Ids begin at a random place, so that a late result from before a restart meets no new invocation.
  InFlight(WorkerCommands& workers, Clock& clock, Random& random);

  // Sets invocation_id and environment_id; the rest of `invocation` stays, to be sent again after a rejection.
  Async<Answer> Send(Placement placement, Invocation& invocation, std::chrono::milliseconds patience);

  // The environment of an invocation that somebody waits for; nullopt when nobody does any more.
  std::optional<std::string> EnvironmentOf(const std::string& worker_id, uint64_t invocation_id) const;
  void Complete(const std::string& worker_id, node::InvocationResult result);
  void PassOn(const std::string& worker_id, node::BulkChunk piece);
  void FailWorker(const std::string& worker_id);
  void ExpireOverdue();
  size_t size() const;

 private:
  class Flow;

  std::optional<Pending> Take(const std::string& worker_id, uint64_t invocation_id);
  Pending* Find(const std::string& worker_id, uint64_t invocation_id) REQUIRES(mutex_);
  std::shared_ptr<ResponseSink> CountPiece(const std::string& worker_id, const node::BulkChunk& piece);
  std::optional<Pending> TakeWhole(const std::string& worker_id, uint64_t invocation_id) REQUIRES(mutex_);
  template <class Predicate>
  void FailWhere(Predicate predicate, const absl::Status& status);

  WorkerCommands& workers_;
  Clock& clock_;
  mutable Mutex mutex_;
  uint64_t next_id_ GUARDED_BY(mutex_);
  absl::flat_hash_map<uint64_t, Pending> pending_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
