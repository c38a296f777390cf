// SessionStream is the worker's end of one session: its Session stream and, once welcomed, its Bulk stream.
//
// Threads: Send… from any thread; the owner is called on the poller thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "common/rpc/batch_queue.h"
#include "common/rpc/bulk_assembler.h"
#include "common/rpc/bulk_queue.h"
#include "common/rpc/stream.h"
#include "proto/node.pb.h"
#include "worker/agent/channels.h"

namespace hearth::worker {

class SessionStream;

class SessionOwner {
 public:
  virtual ~SessionOwner() = default;
  // The stream is open: what to say first. Events that happen from now on follow it.
  virtual node::Hello MakeHello() = 0;
  virtual void OnWelcome(SessionStream& session) = 0;
  virtual void OnCommand(SessionStream& session, node::ControllerMessage message) = 0;
  virtual void OnSessionEnd(SessionStream& session, const std::string& reason) = 0;
};

class SessionStream final : public rpc::Stream {
 public:
  SessionStream(rpc::Poller& poller, Channels& channels, SessionOwner& owner, uint64_t number);
  void Run() { Dial(); }

  uint64_t number() const { return number_; }
  const std::string& session_id() const { return session_id_; }  // after OnWelcome, on the poller thread

  void Send(const node::WorkerMessage& message);
  // Chooses how the payload travels.
  void SendResult(node::InvocationResult result, const std::string& environment_id);
  // Of a streamed answer, on Bulk.
  void SendPiece(node::BulkChunk piece);

 protected:
  void OnBegin() override;
  void OnMessage(grpc::ByteBuffer message) override;
  void OnEnd(const grpc::Status& status) override;
  std::optional<grpc::ByteBuffer> NextWrite() override;

 private:
  class BulkStream;

  absl::Status Take(node::ControllerMessage message);
  void Welcomed(const node::Welcome& welcome);
  std::optional<grpc::ByteBuffer> NextPiece();
  absl::Status TakePiece(grpc::ByteBuffer& piece);
  void Deliver(std::optional<node::Invoke> whole);
  void ReleaseHeld();
  void WakeBulk();
  void Break(const absl::Status& reason);

  rpc::Poller& poller_;
  Channels& channels_;
  SessionOwner& owner_;
  const uint64_t number_;
  std::string session_id_;  // poller thread
  std::string broken_;      // poller thread: why we end it
  std::atomic<bool> open_ = false;
  rpc::BatchQueue outbox_;
  rpc::BulkQueue bulk_outbox_;
  rpc::BulkAssembler<node::Invoke> invokes_;

  Mutex mutex_;
  std::shared_ptr<BulkStream> bulk_ GUARDED_BY(mutex_);
  std::vector<std::string> held_busy_ GUARDED_BY(mutex_);  // idle once the bulk queue is shorter
};

}  // namespace hearth::worker
