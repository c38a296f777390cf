// BatchQueue gathers small messages into batches: whatever was pushed since the last Take goes out as one.
//
// Shapes:  a batch is the wire form of a message whose field 1 is repeated: WorkerBatch or ControllerBatch.
// Errors:  Push answers ResourceExhausted when more than max_bytes wait.
// Threads: any thread.
// Limits:  a batch is closed once it passes kMaxBatchBytes.
#pragma once

#include <google/protobuf/message_lite.h>

#include <deque>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/mutex.h"

namespace hearth::rpc {

inline constexpr size_t kMaxBatchBytes = 512 * 1024;

class BatchQueue {
 public:
  explicit BatchQueue(size_t max_bytes) : max_bytes_(max_bytes) {}

  absl::Status Push(const google::protobuf::MessageLite& message);
  // Goes out before everything that waits.
  void PushFirst(const google::protobuf::MessageLite& message);
  std::optional<std::string> Take();

 private:
  const size_t max_bytes_;
  Mutex mutex_;
  std::deque<std::string> batches_ GUARDED_BY(mutex_);
  size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace hearth::rpc
