// BulkQueue cuts payloads that wait to be sent into pieces, several payloads in turn; pieces of streamed answers go
// between them, in their own order.
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

// BulkChunk's `response`. Source: proto/node.proto.
enum class BulkKind : uint32_t { kPayload = 0, kAnswerBegin = 1, kAnswerPiece = 2 };

// One chunk of a payload, still in the payload's own memory.
struct BulkPiece {
  uint64_t invocation_id = 0;
  std::shared_ptr<const std::string> payload;
  size_t offset = 0;
  size_t size = 0;
  bool last = false;
  BulkKind kind = BulkKind::kPayload;
};

class BulkQueue {
 public:
  explicit BulkQueue(size_t max_bytes) : max_bytes_(max_bytes) {}

  absl::Status Push(uint64_t invocation_id, std::shared_ptr<const std::string> payload);
  // At most kPayloadChunkBytes; whoever sends them is bounded by the credit of its reader.
  absl::Status PushPiece(BulkPiece piece);
  std::optional<BulkPiece> Take();
  size_t waiting_bytes() const;

 private:
  struct Transfer {
    uint64_t invocation_id;
    std::shared_ptr<const std::string> payload;
    size_t sent_bytes = 0;
  };

  std::optional<BulkPiece> TakePayloadPiece() REQUIRES(mutex_);

  const size_t max_bytes_;
  mutable Mutex mutex_;
  std::deque<Transfer> in_turn_ GUARDED_BY(mutex_);
  std::deque<Transfer> waiting_ GUARDED_BY(mutex_);
  std::deque<BulkPiece> pieces_ GUARDED_BY(mutex_);
  bool piece_next_ GUARDED_BY(mutex_) = false;
  size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace hearth::rpc
