// Messages and payload chunks as raw gRPC buffers, copied as little as possible.
//
// Shapes:  a chunk is a node.proto BulkChunk on the wire; its data is a slice of the payload, not a copy.
// Errors:  InvalidArgument for bytes that are not the message.
// Threads: no state.
#pragma once

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/bulk_queue.h"

namespace hearth::rpc {

// The bytes themselves; the buffer owns the string.
grpc::ByteBuffer BufferOf(std::string bytes);
grpc::ByteBuffer BufferOf(const google::protobuf::MessageLite& message);
absl::Status ParseBuffer(grpc::ByteBuffer& buffer, google::protobuf::MessageLite& message);

grpc::ByteBuffer BufferOf(const BulkPiece& piece);

struct BulkPieceEnd {
  uint64_t invocation_id = 0;
  bool last = false;
  BulkKind kind = BulkKind::kPayload;
  std::string data;  // of a streamed answer
};

// Where the data of an arriving piece goes.
class BulkSink {
 public:
  virtual ~BulkSink() = default;
  // The string that `bytes` more bytes of this payload are appended to.
  virtual absl::StatusOr<std::string*> Grow(uint64_t invocation_id, size_t bytes) = 0;
};

// Appends the data of a payload's piece to what `sink` names.
absl::StatusOr<BulkPieceEnd> ReadPiece(grpc::ByteBuffer& buffer, BulkSink& sink);

}  // namespace hearth::rpc
