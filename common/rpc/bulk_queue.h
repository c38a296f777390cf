// BulkQueue cuts payloads that wait to be sent into pieces, several payloads in turn.
//
// Errors:  Push answers ResourceExhausted when more than max_bytes wait: the sender's back-pressure.
// Threads: any thread.
// Limits:  kMaxBulkInTurn payloads travel at once, so the receiver never holds more unfinished ones than that.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/mutex.h"

namespace hearth::rpc {

inline constexpr size_t kMaxBulkInTurn = 8;

// One chunk of a payload, still in the payload's own memory.
struct BulkPiece {
  uint64_t invocation_id = 0;
  std::shared_ptr<const std::string> payload;
  size_t offset = 0;
  size_t size = 0;
  bool last = false;
};

class BulkQueue {
 public:
  explicit BulkQueue(size_t max_bytes) : max_bytes_(max_bytes) {}

  absl::Status Push(uint64_t invocation_id, std::shared_ptr<const std::string> payload);
  std::optional<BulkPiece> Take();
  size_t waiting_bytes() const;

 private:
  struct Transfer {
    uint64_t invocation_id;
    std::shared_ptr<const std::string> payload;
    size_t sent_bytes = 0;
  };

  const size_t max_bytes_;
  mutable Mutex mutex_;
  std::deque<Transfer> in_turn_ GUARDED_BY(mutex_);
  std::deque<Transfer> waiting_ GUARDED_BY(mutex_);
  size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace hearth::rpc
