#include "common/rpc/batch_queue.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <utility>

namespace hearth::rpc {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr uint32_t kElementTag = 1 << 3 | WireFormatLite::WIRETYPE_LENGTH_DELIMITED;

size_t ElementBytes(size_t message_bytes) { return 1 + CodedOutputStream::VarintSize64(message_bytes) + message_bytes; }

// Precondition: message.ByteSizeLong() was called after its last change.
void AppendElement(const google::protobuf::MessageLite& message, size_t message_bytes, std::string& batch) {
  const size_t start = batch.size();
  batch.resize(start + ElementBytes(message_bytes));
  auto* end = reinterpret_cast<uint8_t*>(batch.data()) + start;
  end = CodedOutputStream::WriteTagToArray(kElementTag, end);
  end = CodedOutputStream::WriteVarint64ToArray(message_bytes, end);
  message.SerializeWithCachedSizesToArray(end);
}

}  // namespace

absl::Status BatchQueue::Push(const google::protobuf::MessageLite& message) {
  const size_t message_bytes = message.ByteSizeLong();
  const size_t element_bytes = ElementBytes(message_bytes);
  MutexLock lock(mutex_);
  if (bytes_ + element_bytes > max_bytes_) {
    return absl::ResourceExhaustedError("the peer does not take its messages fast enough");
  }
  if (batches_.empty() || batches_.back().size() + element_bytes > kMaxBatchBytes) batches_.emplace_back();
  AppendElement(message, message_bytes, batches_.back());
  bytes_ += element_bytes;
  return absl::OkStatus();
}

void BatchQueue::PushFirst(const google::protobuf::MessageLite& message) {
  std::string batch;
  AppendElement(message, message.ByteSizeLong(), batch);
  MutexLock lock(mutex_);
  bytes_ += batch.size();
  batches_.push_front(std::move(batch));
}

std::optional<std::string> BatchQueue::Take() {
  MutexLock lock(mutex_);
  if (batches_.empty()) return std::nullopt;
  std::string batch = std::move(batches_.front());
  batches_.pop_front();
  bytes_ -= batch.size();
  return batch;
}

}  // namespace hearth::rpc
