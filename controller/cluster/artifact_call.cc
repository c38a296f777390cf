#include "controller/cluster/artifact_call.h"

#include <unistd.h>

#include <utility>

#include "common/errors.h"
#include "common/limits.h"
#include "common/rpc/byte_buffers.h"
#include "controller/cluster/rpc_status.h"
#include "proto/node.pb.h"

namespace hearth::controller {

void ArtifactCall::OnMessage(grpc::ByteBuffer message) {
  node::ArtifactRequest request;
  const absl::Status status = rpc::ParseBuffer(message, request);
  bool repeated = false;
  {
    MutexLock lock(mutex_);
    repeated = std::exchange(requested_, true);
    filling_ = true;
  }
  if (!status.ok() || repeated) {
    return FinishWhenDrained({grpc::StatusCode::INVALID_ARGUMENT, "one ArtifactRequest is expected"});
  }
  ReadNext();  // learns of the peer's end
  Submit([self = Self(), hash = request.code_sha256()] { self->Open(hash); });
}

void ArtifactCall::Submit(std::function<void()> task) {
  const absl::Status submitted = pool_.Submit(std::move(task));
  if (!submitted.ok()) FinishWhenDrained(ToGrpc(submitted));
}

void ArtifactCall::Open(const std::string& code_sha256) {
  absl::StatusOr<UniqueFd> blob = open_(code_sha256);
  if (!blob.ok()) return FinishWhenDrained(ToGrpc(blob.status()));
  blob_ = *std::move(blob);
  Fill();
}

// Precondition: this task set filling_.
void ArtifactCall::Fill() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      if (complete_ || chunks_.size() >= kReadAhead) {
        filling_ = false;
        return;
      }
    }
    absl::StatusOr<std::string> data = ReadChunk();
    if (!data.ok() || data->empty()) {
      {
        MutexLock lock(mutex_);
        complete_ = true;
      }
      return FinishWhenDrained(ToGrpc(data.status()));
    }
    node::ArtifactChunk chunk;
    chunk.set_data(*std::move(data));
    grpc::ByteBuffer buffer = rpc::BufferOf(chunk);
    {
      MutexLock lock(mutex_);
      chunks_.push_back(std::move(buffer));
    }
    Wake();
  }
}

// Empty at the end of the file.
absl::StatusOr<std::string> ArtifactCall::ReadChunk() {
  std::string data(kPayloadChunkBytes, '\0');
  ssize_t size = 0;
  do {
    size = read(blob_.get(), data.data(), data.size());
  } while (size < 0 && errno == EINTR);
  if (size < 0) return ErrnoStatus("reading a code package");
  data.resize(static_cast<size_t>(size));
  return data;
}

std::optional<grpc::ByteBuffer> ArtifactCall::NextWrite() {
  std::optional<grpc::ByteBuffer> next;
  bool refill = false;
  {
    MutexLock lock(mutex_);
    if (chunks_.empty()) return std::nullopt;
    next = std::move(chunks_.front());
    chunks_.pop_front();
    refill = !filling_ && !complete_;
    if (refill) filling_ = true;
  }
  if (refill) Submit([self = Self()] { self->Fill(); });
  return next;
}

void ArtifactCall::OnEnd(const grpc::Status&) {
  MutexLock lock(mutex_);
  complete_ = true;
  chunks_.clear();
}

}  // namespace hearth::controller
