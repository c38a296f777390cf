// FetchStream brings one code package: a thread waits in Next for each chunk.
//
// Errors:  the controller's answer; Unavailable when the connection broke.
// Threads: Next on the one waiting thread.
// Limits:  one chunk is held; the next is read when it was taken.
#pragma once

#include <condition_variable>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/rpc/stream.h"

namespace hearth::worker {

class FetchStream final : public rpc::Stream {
 public:
  FetchStream(rpc::Poller& poller, std::unique_ptr<rpc::Call> call, grpc::ByteBuffer request)
      : Stream(poller, std::move(call)), request_(std::move(request)) {}
  void Run() { Dial(); }

  // nullopt at the end of the package.
  absl::StatusOr<std::optional<std::string>> Next();

 protected:
  void OnMessage(grpc::ByteBuffer message) override;
  void OnEnd(const grpc::Status& status) override;
  std::optional<grpc::ByteBuffer> NextWrite() override;

 private:
  Mutex mutex_;
  std::condition_variable arrived_;
  std::optional<grpc::ByteBuffer> request_ GUARDED_BY(mutex_);
  std::optional<grpc::ByteBuffer> chunk_ GUARDED_BY(mutex_);
  std::optional<absl::Status> end_ GUARDED_BY(mutex_);
};

}  // namespace hearth::worker
