// LogUplink carries the log buffer to the controller over one ShipLogs call and takes the acknowledgements.
//
// Threads: Wake from any thread; the rest on the poller thread.
#pragma once

#include <functional>
#include <memory>

#include "common/rpc/stream.h"
#include "worker/agent/log_buffer.h"

namespace hearth::worker {

class LogUplink final : public rpc::Stream {
 public:
  // `on_end` runs on the poller thread when the call is over.
  LogUplink(rpc::Poller& poller, std::unique_ptr<rpc::Call> call, LogBuffer& buffer, std::function<void()> on_end)
      : Stream(poller, std::move(call)), buffer_(buffer), on_end_(std::move(on_end)) {}
  void Run() { Dial(); }

 protected:
  void OnBegin() override { buffer_.Rewind(); }
  void OnMessage(grpc::ByteBuffer message) override;
  void OnEnd(const grpc::Status&) override { on_end_(); }
  std::optional<grpc::ByteBuffer> NextWrite() override;

 private:
  LogBuffer& buffer_;
  const std::function<void()> on_end_;
};

}  // namespace hearth::worker
