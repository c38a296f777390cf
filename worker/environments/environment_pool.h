// EnvironmentPool owns the execution environments of this worker and carries out what the controller asks.
//
// Shapes:  messages of node.proto; a payload comes whole, whatever way it travelled.
// Errors:  every request ends in exactly one event: Start in EnvironmentReady or EnvironmentGone, Invoke in one
//          InvocationResult (REJECTED when nothing ran), Stop in EnvironmentGone.
// Threads: any thread calls in; events come from any thread and must not block.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/random.h"
#include "proto/node.pb.h"

namespace hearth::worker {

class PoolEvents {
 public:
  virtual ~PoolEvents() = default;
  virtual void OnEnvironmentReady(node::EnvironmentReady ready) = 0;
  virtual void OnEnvironmentGone(node::EnvironmentGone gone) = 0;
  // `result.payload` may exceed the inline bound: the link decides how it travels.
  virtual void OnInvocationResult(node::InvocationResult result) = 0;
  virtual void OnEnvironmentIdle(node::EnvironmentIdle idle) = 0;
  // BEGIN or PIECE of an answer whose invocation came with a window; the result follows the last.
  virtual void OnResponsePiece(node::BulkChunk piece) = 0;
  virtual void OnIdentityRenewal(node::IdentityRenewal renewal) = 0;  // RenewIdentity follows, or another of these
};

class EnvironmentPool {
 public:
  virtual ~EnvironmentPool() = default;  // stops every environment

  virtual void Start(node::StartEnvironment start) = 0;
  virtual void Invoke(node::Invoke invoke) = 0;               // invoke.payload is whole
  virtual void Stop(const std::string& environment_id) = 0;   // once it runs nothing
  virtual void Abort(const std::string& environment_id) = 0;  // now, whatever it runs; PLATFORM_FAILURE comes of that
  // What came too late is ignored.
  virtual void Credit(node::ResponseCredit credit) = 0;
  // Whoever waits for streamed answers is gone: what is under way is thrown away.
  virtual void DiscardResponses() = 0;
  virtual void RenewIdentity(node::RenewedIdentity renewed) = 0;

  virtual std::vector<node::RunningEnvironment> Running() const = 0;
  virtual node::Capacity CurrentCapacity() const = 0;
};

}  // namespace hearth::worker
