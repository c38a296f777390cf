#include "controller/cluster/session_call.h"

#include <utility>

#include "common/errors.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/rpc/byte_buffers.h"
#include "controller/cluster/node_sessions.h"
#include "controller/cluster/rpc_status.h"

namespace hearth::controller {

SessionCall::SessionCall(rpc::Poller& poller, std::unique_ptr<rpc::Call> call, SessionTable& table)
    : Stream(poller, std::move(call)),
      table_(table),
      outbox_(kMaxSessionQueueBytes),
      bulk_outbox_(kMaxBulkQueueBytes),
      results_(kMaxInvokeResponseBytes) {}

absl::Status SessionCall::Send(const node::ControllerMessage& message) {
  RETURN_IF_ERROR(outbox_.Push(message));
  Wake();
  return absl::OkStatus();
}

absl::Status SessionCall::SendBulk(uint64_t invocation_id, std::shared_ptr<const std::string> payload) {
  RETURN_IF_ERROR(bulk_outbox_.Push(invocation_id, std::move(payload)));
  std::shared_ptr<rpc::Stream> bulk;
  {
    MutexLock lock(mutex_);
    bulk = bulk_;
  }
  if (bulk != nullptr) bulk->Wake();  // else it waits until the worker opens Bulk
  return absl::OkStatus();
}

bool SessionCall::WantsBulk() {
  MutexLock lock(mutex_);
  return !ended_ && bulk_ == nullptr;
}

void SessionCall::AttachBulk(std::shared_ptr<rpc::Stream> bulk) {
  MutexLock lock(mutex_);
  bulk_ = std::move(bulk);
}

std::optional<grpc::ByteBuffer> SessionCall::NextWrite() {
  std::optional<std::string> batch = outbox_.Take();
  if (!batch) return std::nullopt;
  return rpc::BufferOf(*std::move(batch));
}

std::optional<grpc::ByteBuffer> SessionCall::NextPiece() {
  const std::optional<rpc::BulkPiece> piece = bulk_outbox_.Take();
  if (!piece) return std::nullopt;
  return rpc::BufferOf(*piece);
}

void SessionCall::OnMessage(grpc::ByteBuffer message) {
  node::WorkerBatch batch;
  absl::Status status = rpc::ParseBuffer(message, batch);
  if (status.ok()) status = Take(std::move(batch));
  if (status.ok()) return ReadNext();
  LogWarn("session refused", {{"reason", std::string(status.message())}});
  FinishWhenDrained(ToGrpc(status));
}

absl::Status SessionCall::Take(node::WorkerBatch batch) {
  for (node::WorkerMessage& message : *batch.mutable_messages()) RETURN_IF_ERROR(Take(std::move(message)));
  return absl::OkStatus();
}

absl::Status SessionCall::Take(node::WorkerMessage message) {
  if (session_id_.empty() != message.has_hello()) {
    return absl::InvalidArgumentError("a session begins with one Hello");
  }
  if (message.has_hello()) {
    const auto self = std::static_pointer_cast<SessionCall>(shared_from_this());
    ASSIGN_OR_RETURN(session_id_, table_.Join(self, message.hello()));
    return absl::OkStatus();
  }
  if (message.has_invocation_result() && message.invocation_result().bulk_bytes() > 0) {
    ASSIGN_OR_RETURN(std::optional<node::InvocationResult> whole,
                     results_.Add(std::move(*message.mutable_invocation_result())));
    Deliver(std::move(whole));
    return absl::OkStatus();
  }
  table_.Deliver(session_id_, std::move(message));
  return absl::OkStatus();
}

absl::Status SessionCall::TakePiece(grpc::ByteBuffer& piece) {
  ASSIGN_OR_RETURN(rpc::BulkPieceEnd read, results_.Read(piece));
  if (read.kind != rpc::BulkKind::kPayload) {
    node::BulkChunk chunk;
    chunk.set_invocation_id(read.invocation_id);
    chunk.set_response(static_cast<node::BulkChunk::Response>(read.kind));
    chunk.set_data(std::move(read.data));
    table_.DeliverPiece(session_id_, std::move(chunk));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(std::optional<node::InvocationResult> whole, results_.End(read));
  Deliver(std::move(whole));
  return absl::OkStatus();
}

void SessionCall::Deliver(std::optional<node::InvocationResult> whole) {
  if (!whole) return;
  node::WorkerMessage message;
  *message.mutable_invocation_result() = *std::move(whole);
  table_.Deliver(session_id_, std::move(message));
}

void SessionCall::OnEnd(const grpc::Status&) {
  if (!session_id_.empty()) table_.Leave(session_id_);
  std::shared_ptr<rpc::Stream> bulk;
  {
    MutexLock lock(mutex_);
    ended_ = true;
    bulk = std::move(bulk_);
  }
  if (bulk != nullptr) bulk->Cancel();
}

void BulkCall::OnMessage(grpc::ByteBuffer message) {
  const absl::Status status = session_->TakePiece(message);
  if (status.ok()) return ReadNext();
  LogWarn("bulk stream refused", {{"reason", std::string(status.message())}});
  FinishWhenDrained(ToGrpc(status));
}

void BulkCall::OnEnd(const grpc::Status&) { session_->Close(); }

}  // namespace hearth::controller
