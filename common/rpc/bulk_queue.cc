#include "common/rpc/bulk_queue.h"

#include <algorithm>
#include <utility>

#include "common/limits.h"

namespace hearth::rpc {

absl::Status BulkQueue::Push(uint64_t invocation_id, std::shared_ptr<const std::string> payload) {
  MutexLock lock(mutex_);
  if (bytes_ + payload->size() > max_bytes_) {
    return absl::ResourceExhaustedError("the peer does not take its payloads fast enough");
  }
  bytes_ += payload->size();
  std::deque<Transfer>& queue = in_turn_.size() < kMaxBulkInTurn ? in_turn_ : waiting_;
  queue.push_back({invocation_id, std::move(payload)});
  return absl::OkStatus();
}

absl::Status BulkQueue::PushPiece(BulkPiece piece) {
  MutexLock lock(mutex_);
  if (bytes_ + piece.size > max_bytes_) {
    return absl::ResourceExhaustedError("the peer does not take its streamed answers fast enough");
  }
  bytes_ += piece.size;
  pieces_.push_back(std::move(piece));
  return absl::OkStatus();
}

// Payloads and streamed answers take turns.
std::optional<BulkPiece> BulkQueue::Take() {
  MutexLock lock(mutex_);
  piece_next_ = !piece_next_;
  if (pieces_.empty() || (!piece_next_ && !in_turn_.empty())) return TakePayloadPiece();
  BulkPiece piece = std::move(pieces_.front());
  pieces_.pop_front();
  bytes_ -= piece.size;
  return piece;
}

std::optional<BulkPiece> BulkQueue::TakePayloadPiece() {
  if (in_turn_.empty()) return std::nullopt;
  Transfer transfer = std::move(in_turn_.front());
  in_turn_.pop_front();
  const size_t left = transfer.payload->size() - transfer.sent_bytes;
  BulkPiece piece{transfer.invocation_id, transfer.payload, transfer.sent_bytes, std::min(left, kPayloadChunkBytes)};
  piece.last = piece.size == left;
  transfer.sent_bytes += piece.size;
  bytes_ -= piece.size;
  if (!piece.last) {
    in_turn_.push_back(std::move(transfer));
  } else if (!waiting_.empty()) {
    in_turn_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return piece;
}

size_t BulkQueue::waiting_bytes() const {
  MutexLock lock(mutex_);
  return bytes_;
}

}  // namespace hearth::rpc
