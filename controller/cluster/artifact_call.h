// ArtifactCall answers FetchArtifact: one request, then the package in chunks, read ahead on the blocking pool.
//
// Threads: Fill runs on the pool, one at a time; the rest on the poller thread.
// Limits:  kReadAhead chunks wait for a slow peer.
#pragma once

#include <deque>
#include <memory>

#include "common/io/thread_pool.h"
#include "common/mutex.h"
#include "common/rpc/stream.h"
#include "common/unique_fd.h"
#include "controller/cluster/node_sessions.h"

namespace hearth::controller {

class ArtifactCall final : public rpc::Stream {
 public:
  ArtifactCall(rpc::Poller& poller, std::unique_ptr<rpc::Call> call, ThreadPool& pool,
               const NodeSessions::OpenArtifact& open)
      : Stream(poller, std::move(call)), pool_(pool), open_(open) {}
  void Run() { Begin(); }

 protected:
  void OnMessage(grpc::ByteBuffer message) override;
  void OnEnd(const grpc::Status& status) override;
  std::optional<grpc::ByteBuffer> NextWrite() override;

 private:
  static constexpr size_t kReadAhead = 4;

  std::shared_ptr<ArtifactCall> Self() { return std::static_pointer_cast<ArtifactCall>(shared_from_this()); }
  void Submit(std::function<void()> task);
  void Open(const std::string& code_sha256);
  void Fill();
  absl::StatusOr<std::string> ReadChunk();

  ThreadPool& pool_;
  const NodeSessions::OpenArtifact& open_;
  UniqueFd blob_;  // the pool's

  Mutex mutex_;
  std::deque<grpc::ByteBuffer> chunks_ GUARDED_BY(mutex_);
  bool requested_ GUARDED_BY(mutex_) = false;
  bool filling_ GUARDED_BY(mutex_) = false;
  bool complete_ GUARDED_BY(mutex_) = false;
};

}  // namespace hearth::controller
