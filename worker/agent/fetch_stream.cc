#include "worker/agent/fetch_stream.h"

#include <utility>

#include "common/errors.h"
#include "common/rpc/byte_buffers.h"
#include "proto/node.pb.h"

namespace hearth::worker {

absl::StatusOr<std::optional<std::string>> FetchStream::Next() {
  grpc::ByteBuffer taken;
  {
    MutexLock lock(mutex_);
    while (!chunk_ && !end_) arrived_.wait(lock.native());
    if (!chunk_) {
      RETURN_IF_ERROR(*end_);
      return std::optional<std::string>();
    }
    taken.Swap(&*chunk_);
    chunk_.reset();
  }
  ReadNext();
  node::ArtifactChunk chunk;
  RETURN_IF_ERROR(rpc::ParseBuffer(taken, chunk));
  return std::optional<std::string>(std::move(*chunk.mutable_data()));
}

void FetchStream::OnMessage(grpc::ByteBuffer message) {
  MutexLock lock(mutex_);
  chunk_ = std::move(message);
  arrived_.notify_all();
}

void FetchStream::OnEnd(const grpc::Status& status) {
  MutexLock lock(mutex_);
  end_ = absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  arrived_.notify_all();
}

std::optional<grpc::ByteBuffer> FetchStream::NextWrite() {
  MutexLock lock(mutex_);
  return std::exchange(request_, std::nullopt);
}

}  // namespace hearth::worker
