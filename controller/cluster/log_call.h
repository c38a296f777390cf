// LogCall takes one worker's log batches, keeps each on the blocking pool and acknowledges it; the next is read after
// that, so a slow disk slows the worker's shipping and nothing piles up here.
//
// Errors:  a batch that cannot be kept ends the stream without its acknowledgement: the worker sends it again. One that
//          was kept before is acknowledged only.
// Threads: Keep runs on the pool; the rest on the poller thread.
#pragma once

#include <memory>
#include <optional>

#include "common/io/thread_pool.h"
#include "common/mutex.h"
#include "common/rpc/stream.h"
#include "controller/cluster/shipped_logs.h"
#include "controller/observe/log_sink.h"

namespace hearth::controller {

class LogCall final : public rpc::Stream {
 public:
  LogCall(rpc::Poller& poller, std::unique_ptr<rpc::Call> call, ThreadPool& pool, LogSink& sink,
          std::shared_ptr<ShippedLogs> shipped)
      : Stream(poller, std::move(call)), pool_(pool), sink_(sink), shipped_(std::move(shipped)) {}
  void Run() { Begin(); }

 protected:
  void OnMessage(grpc::ByteBuffer message) override;
  void OnEnd(const grpc::Status&) override {}
  std::optional<grpc::ByteBuffer> NextWrite() override;

 private:
  void Keep(grpc::ByteBuffer message);
  absl::Status KeepOnce(const node::LogBatch& batch);
  void Refuse(const absl::Status& status);

  ThreadPool& pool_;
  LogSink& sink_;
  const std::shared_ptr<ShippedLogs> shipped_;
  Mutex mutex_;
  std::optional<uint64_t> acknowledged_ GUARDED_BY(mutex_);  // not sent yet
};

}  // namespace hearth::controller
