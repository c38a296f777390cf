#include "controller/cluster/log_call.h"

#include <utility>

#include "common/log.h"
#include "common/rpc/byte_buffers.h"
#include "controller/cluster/rpc_status.h"

namespace hearth::controller {

void LogCall::OnMessage(grpc::ByteBuffer message) {
  const auto self = std::static_pointer_cast<LogCall>(shared_from_this());
  const absl::Status submitted = pool_.Submit([self, message]() mutable { self->Keep(std::move(message)); });
  if (!submitted.ok()) Refuse(submitted);
}

void LogCall::Keep(grpc::ByteBuffer message) {
  node::LogBatch batch;
  absl::Status status = rpc::ParseBuffer(message, batch);
  if (status.ok()) status = KeepOnce(batch);
  if (!status.ok()) return Refuse(status);
  {
    MutexLock lock(mutex_);
    acknowledged_ = batch.sequence();
  }
  Wake();
  ReadNext();
}

absl::Status LogCall::KeepOnce(const node::LogBatch& batch) {
  switch (shipped_->Begin(batch.sequence())) {
    case ShippedLogs::Verdict::kKept:
      return absl::OkStatus();
    case ShippedLogs::Verdict::kUnderWay:
      return absl::UnavailableError("this worker's earlier stream is still writing");
    case ShippedLogs::Verdict::kNew:
      break;
  }
  absl::Status status = sink_.Append(batch);
  shipped_->Ended(batch.sequence(), status.ok());
  return status;
}

void LogCall::Refuse(const absl::Status& status) {
  LogWarn("log batch not kept", {{"reason", std::string(status.message())}});
  FinishWhenDrained(ToGrpc(status));
}

std::optional<grpc::ByteBuffer> LogCall::NextWrite() {
  node::LogAck ack;
  {
    MutexLock lock(mutex_);
    if (!acknowledged_) return std::nullopt;
    ack.set_sequence(*std::exchange(acknowledged_, std::nullopt));
  }
  return rpc::BufferOf(ack);
}

}  // namespace hearth::controller
