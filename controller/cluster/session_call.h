// SessionCall is the controller's end of one worker's Session stream, with what its Bulk stream shares.
//
// Threads: SessionLink from any thread; the rest on the poller thread.
#pragma once

#include <memory>
#include <string>

#include "common/mutex.h"
#include "common/rpc/batch_queue.h"
#include "common/rpc/bulk_assembler.h"
#include "common/rpc/bulk_queue.h"
#include "common/rpc/stream.h"
#include "controller/cluster/session_table.h"

namespace hearth::controller {

class SessionCall final : public rpc::Stream, public SessionLink {
 public:
  SessionCall(rpc::Poller& poller, std::unique_ptr<rpc::Call> call, SessionTable& table);
  void Run() { Begin(); }

  absl::Status Send(const node::ControllerMessage& message) override;
  absl::Status SendBulk(uint64_t invocation_id, std::shared_ptr<const std::string> payload) override;
  void Close() override { Cancel(); }

  // The worker's Bulk stream: one at a time, for as long as the session lives.
  bool WantsBulk();
  void AttachBulk(std::shared_ptr<rpc::Stream> bulk);
  std::optional<grpc::ByteBuffer> NextPiece();
  absl::Status TakePiece(grpc::ByteBuffer& piece);

 protected:
  void OnMessage(grpc::ByteBuffer message) override;
  void OnEnd(const grpc::Status& status) override;
  std::optional<grpc::ByteBuffer> NextWrite() override;

 private:
  absl::Status Take(node::WorkerBatch batch);
  absl::Status Take(node::WorkerMessage message);
  void Deliver(std::optional<node::InvocationResult> whole);

  SessionTable& table_;
  std::string session_id_;  // poller thread; empty until Hello
  rpc::BatchQueue outbox_;
  rpc::BulkQueue bulk_outbox_;
  rpc::BulkAssembler<node::InvocationResult> results_;
  Mutex mutex_;
  std::shared_ptr<rpc::Stream> bulk_ GUARDED_BY(mutex_);
  bool ended_ GUARDED_BY(mutex_) = false;
};

// The Bulk stream beside it: chunks both ways.
class BulkCall final : public rpc::Stream {
 public:
  BulkCall(rpc::Poller& poller, std::unique_ptr<rpc::Call> call, std::shared_ptr<SessionCall> session)
      : Stream(poller, std::move(call)), session_(std::move(session)) {}
  void Run() { Begin(); }

 protected:
  void OnMessage(grpc::ByteBuffer message) override;
  void OnEnd(const grpc::Status& status) override;
  std::optional<grpc::ByteBuffer> NextWrite() override { return session_->NextPiece(); }

 private:
  const std::shared_ptr<SessionCall> session_;
};

}  // namespace hearth::controller
