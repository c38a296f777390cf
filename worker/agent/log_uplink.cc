#include "worker/agent/log_uplink.h"

#include "common/rpc/byte_buffers.h"

namespace hearth::worker {

void LogUplink::OnMessage(grpc::ByteBuffer message) {
  node::LogAck ack;
  if (rpc::ParseBuffer(message, ack).ok()) {
    buffer_.Acknowledge(ack.sequence());
    Wake();  // there is room for more under way
  } else {
    Cancel();
  }
  ReadNext();
}

std::optional<grpc::ByteBuffer> LogUplink::NextWrite() {
  const std::optional<node::LogBatch> batch = buffer_.NextToSend();
  if (!batch) return std::nullopt;
  return rpc::BufferOf(*batch);
}

}  // namespace hearth::worker
