#include "common/rpc/byte_buffers.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <utility>

#include "common/errors.h"

namespace hearth::rpc {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

// BulkChunk's fields, written so that the data comes last. Source: proto/node.proto.
constexpr uint32_t kInvocationIdTag = 1 << 3 | WireFormatLite::WIRETYPE_VARINT;
constexpr uint32_t kDataTag = 2 << 3 | WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
constexpr uint32_t kLastTag = 3 << 3 | WireFormatLite::WIRETYPE_VARINT;
constexpr uint32_t kResponseTag = 4 << 3 | WireFormatLite::WIRETYPE_VARINT;
constexpr size_t kMaxPieceHeadBytes = 4 + 10 + 1 + 1 + 5;

template <class T>
grpc::Slice SliceOwning(T owner, const char* data, size_t size) {
  // gRPC gives the owner back through a plain pointer when the last reference to the slice goes.
  T* kept = std::make_unique<T>(std::move(owner)).release();
  return grpc::Slice(
      const_cast<char*>(data), size, [](void* given) { std::unique_ptr<T>(static_cast<T*>(given)); }, kept);
}

absl::Status NotAChunk() { return absl::InvalidArgumentError("a bulk message is not a BulkChunk"); }

absl::Status ReadData(CodedInputStream& input, std::string& into, size_t size) {
  while (size > 0) {
    const void* data = nullptr;
    int available = 0;
    if (!input.GetDirectBufferPointer(&data, &available)) return NotAChunk();
    const size_t taken = std::min(size, static_cast<size_t>(available));
    into.append(static_cast<const char*>(data), taken);
    input.Skip(static_cast<int>(taken));
    size -= taken;
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ByteBuffer BufferOf(std::string bytes) {
  auto owner = std::make_unique<std::string>(std::move(bytes));
  const char* data = owner->data();
  const size_t size = owner->size();
  const grpc::Slice slice = SliceOwning(std::move(owner), data, size);
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer BufferOf(const google::protobuf::MessageLite& message) {
  return BufferOf(message.SerializeAsString());
}

absl::Status ParseBuffer(grpc::ByteBuffer& buffer, google::protobuf::MessageLite& message) {
  grpc::ProtoBufferReader reader(&buffer);
  if (!reader.status().ok() || !message.ParseFromZeroCopyStream(&reader)) {
    return absl::InvalidArgumentError("a message is not a " + message.GetTypeName());
  }
  return absl::OkStatus();
}

grpc::ByteBuffer BufferOf(const BulkPiece& piece) {
  uint8_t head[kMaxPieceHeadBytes];
  uint8_t* end = CodedOutputStream::WriteTagToArray(kInvocationIdTag, head);
  end = CodedOutputStream::WriteVarint64ToArray(piece.invocation_id, end);
  end = CodedOutputStream::WriteTagToArray(kLastTag, end);
  end = CodedOutputStream::WriteVarint32ToArray(piece.last ? 1 : 0, end);
  end = CodedOutputStream::WriteTagToArray(kResponseTag, end);
  end = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(piece.kind), end);
  end = CodedOutputStream::WriteTagToArray(kDataTag, end);
  end = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(piece.size), end);
  const grpc::Slice slices[] = {grpc::Slice(head, static_cast<size_t>(end - head)),
                                SliceOwning(piece.payload, piece.payload->data() + piece.offset, piece.size)};
  return grpc::ByteBuffer(slices, 2);
}

absl::StatusOr<BulkPieceEnd> ReadPiece(grpc::ByteBuffer& buffer, BulkSink& sink) {
  grpc::ProtoBufferReader reader(&buffer);
  if (!reader.status().ok()) return NotAChunk();
  CodedInputStream input(&reader);
  BulkPieceEnd piece;
  while (const uint32_t tag = input.ReadTag()) {
    uint64_t number = 0;
    uint32_t size = 0;
    switch (tag) {
      case kInvocationIdTag:
        if (!input.ReadVarint64(&piece.invocation_id)) return NotAChunk();
        break;
      case kLastTag:
        if (!input.ReadVarint64(&number)) return NotAChunk();
        piece.last = number != 0;
        break;
      case kDataTag: {
        if (piece.invocation_id == 0 || !input.ReadVarint32(&size) || size > buffer.Length()) return NotAChunk();
        std::string* into = &piece.data;
        if (piece.kind == BulkKind::kPayload) {
          ASSIGN_OR_RETURN(into, sink.Grow(piece.invocation_id, size));
        }
        RETURN_IF_ERROR(ReadData(input, *into, size));
        break;
      }
      case kResponseTag:
        if (!input.ReadVarint64(&number) || number > static_cast<uint64_t>(BulkKind::kAnswerPiece)) return NotAChunk();
        piece.kind = static_cast<BulkKind>(number);
        break;
      default:
        return NotAChunk();
    }
  }
  if (piece.invocation_id == 0) return NotAChunk();
  return piece;
}

}  // namespace hearth::rpc
