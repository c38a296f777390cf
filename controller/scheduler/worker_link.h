// WorkerCommands carries what the scheduler decides to a worker; WorkerEvents brings back what workers say.
//
// Shapes:  workers are named by their worker_id. Messages of node.proto; a result's payload comes whole.
// Errors:  a command answers Unavailable when the worker has no session, ResourceExhausted when its link is full; then
//          nothing was sent. Once accepted, an Invoke ends in OnInvocationResult or OnWorkerLost.
// Threads: commands from any thread, they do not block. Events come one at a time and must not block.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "controller/scheduler/response_sink.h"
#include "proto/node.pb.h"

namespace hearth::controller {

// A message with its payload beside it when that is over kInlinePayloadBytes (message.bulk_bytes says so).
struct Invocation {
  node::Invoke message;
  std::shared_ptr<const std::string> bulk_payload;
  std::shared_ptr<ResponseSink> response;  // takes the answer as it comes (response_window_bytes); nullptr: whole
};

class WorkerCommands {
 public:
  virtual ~WorkerCommands() = default;
  virtual absl::Status Start(const std::string& worker_id, const node::StartEnvironment& start) = 0;
  virtual absl::Status Invoke(const std::string& worker_id, const Invocation& invocation) = 0;
  virtual absl::Status Stop(const std::string& worker_id, const std::string& environment_id) = 0;
  virtual absl::Status Credit(const std::string& worker_id, const node::ResponseCredit& credit) = 0;
  // To a worker that drains: nothing of it is waited for any more.
  virtual absl::Status Release(const std::string& worker_id) = 0;
};

class WorkerEvents {
 public:
  virtual ~WorkerEvents() = default;
  virtual void OnWorkerJoined(const node::Hello& hello) = 0;
  virtual void OnWorkerLost(const std::string& worker_id) = 0;
  virtual void OnEnvironmentReady(const std::string& worker_id, const node::EnvironmentReady& ready) = 0;
  virtual void OnEnvironmentGone(const std::string& worker_id, const node::EnvironmentGone& gone) = 0;
  virtual void OnEnvironmentIdle(const std::string& worker_id, const node::EnvironmentIdle& idle) = 0;
  virtual void OnInvocationResult(const std::string& worker_id, node::InvocationResult result) = 0;
  // BEGIN or PIECE of a streamed answer; the result may come before the last of them.
  virtual void OnResponsePiece(const std::string& worker_id, node::BulkChunk piece) = 0;
  virtual void OnCapacity(const std::string& worker_id, const node::Capacity& capacity) = 0;
};

}  // namespace hearth::controller
