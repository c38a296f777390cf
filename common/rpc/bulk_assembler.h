// BulkAssembler joins payloads that arrive in pieces with the small message that announced them, in whichever order.
//
// Errors:  ResourceExhausted for a payload over the bound or too many unfinished ones, DataLoss when the size is not
// the
//          announced one. After an error the peer is not to be trusted: end its session.
// Threads: one thread at a time (the poller's).
// Limits:  max_payload_bytes each, kMaxBulkGrowing of them with bytes here, kMaxBulkAnnounced without.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/errors.h"
#include "common/rpc/byte_buffers.h"

namespace hearth::rpc {

inline constexpr size_t kMaxBulkGrowing = 4 * kMaxBulkInTurn;
inline constexpr size_t kMaxBulkAnnounced = 100000;

// The pieces alone; BulkAssembler adds the announcing message.
class BulkBodies final : public BulkSink {
 public:
  explicit BulkBodies(size_t max_payload_bytes) : max_payload_bytes_(max_payload_bytes) {}

  absl::Status Announce(uint64_t invocation_id, size_t bytes);
  absl::StatusOr<std::string*> Grow(uint64_t invocation_id, size_t bytes) override;
  absl::Status End(uint64_t invocation_id);
  // The payload, once it is announced and whole.
  std::optional<std::string> TakeWhole(uint64_t invocation_id);

 private:
  struct Body {
    std::string bytes;
    std::optional<size_t> announced_bytes;
    bool growing = false;
    bool ended = false;
  };
  absl::StatusOr<Body*> Find(uint64_t invocation_id);
  static absl::Status CheckSize(const Body& body);

  const size_t max_payload_bytes_;
  size_t growing_ = 0;
  absl::flat_hash_map<uint64_t, Body> bodies_;
};

// Message: node::Invoke or node::InvocationResult.
template <class Message>
class BulkAssembler {
 public:
  explicit BulkAssembler(size_t max_payload_bytes) : bodies_(max_payload_bytes) {}

  // The whole message when nothing is missing any more.
  absl::StatusOr<std::optional<Message>> Add(Message message) {
    const uint64_t id = message.invocation_id();
    RETURN_IF_ERROR(bodies_.Announce(id, message.bulk_bytes()));
    messages_.insert_or_assign(id, std::move(message));
    return TakeWhole(id);
  }

  absl::StatusOr<std::optional<Message>> Add(grpc::ByteBuffer& buffer) {
    ASSIGN_OR_RETURN(const BulkPieceEnd piece, Read(buffer));
    return End(piece);
  }

  // The same in two steps, for a peer that streams answers too: those are not for End.
  absl::StatusOr<BulkPieceEnd> Read(grpc::ByteBuffer& buffer) { return ReadPiece(buffer, bodies_); }
  absl::StatusOr<std::optional<Message>> End(const BulkPieceEnd& piece) {
    if (piece.kind != BulkKind::kPayload) return absl::InvalidArgumentError("only results are streamed");
    if (!piece.last) return std::optional<Message>();
    RETURN_IF_ERROR(bodies_.End(piece.invocation_id));
    return TakeWhole(piece.invocation_id);
  }

 private:
  std::optional<Message> TakeWhole(uint64_t id) {
    std::optional<std::string> payload = bodies_.TakeWhole(id);
    if (!payload) return std::nullopt;
    Message message = std::move(messages_.extract(id).mapped());
    message.set_payload(*std::move(payload));
    message.clear_bulk_bytes();
    return message;
  }

  BulkBodies bodies_;
  absl::flat_hash_map<uint64_t, Message> messages_;
};

}  // namespace hearth::rpc
