#include "common/rpc/byte_buffers.h"

#include <gtest/gtest.h>

#include "common/errors.h"
#include "proto/node.pb.h"

namespace hearth::rpc {
namespace {

class OneString final : public BulkSink {
 public:
  absl::StatusOr<std::string*> Grow(uint64_t, size_t) override { return &bytes; }
  std::string bytes;
};

TEST(ByteBuffersTest, APieceIsABulkChunkOnTheWire) {
  const auto payload = std::make_shared<const std::string>("0123456789");
  grpc::ByteBuffer buffer = BufferOf(BulkPiece{300, payload, 2, 5, true});
  node::BulkChunk chunk;
  ASSERT_TRUE(ParseBuffer(buffer, chunk).ok());
  EXPECT_EQ(chunk.invocation_id(), 300u);
  EXPECT_EQ(chunk.data(), "23456");
  EXPECT_TRUE(chunk.last());
}

TEST(ByteBuffersTest, APieceOutlivesItsPayloadsOwner) {
  auto payload = std::make_shared<const std::string>(100000, 'p');
  grpc::ByteBuffer buffer = BufferOf(BulkPiece{1, payload, 0, payload->size(), false});
  payload.reset();
  OneString sink;
  ASSERT_TRUE(ReadPiece(buffer, sink).ok());
  EXPECT_EQ(sink.bytes, std::string(100000, 'p'));
}

TEST(ByteBuffersTest, ReadsAChunkThatProtobufWrote) {
  node::BulkChunk chunk;
  chunk.set_invocation_id(9);
  chunk.set_data("abc");
  chunk.set_last(true);
  grpc::ByteBuffer buffer = BufferOf(chunk);
  OneString sink;
  const absl::StatusOr<BulkPieceEnd> piece = ReadPiece(buffer, sink);
  ASSERT_TRUE(piece.ok()) << piece.status();
  EXPECT_EQ(piece->invocation_id, 9u);
  EXPECT_TRUE(piece->last);
  EXPECT_EQ(sink.bytes, "abc");
}

TEST(ByteBuffersTest, APieceOfAStreamedAnswerPassesTheSinkBy) {
  BulkPiece piece{300, std::make_shared<const std::string>("abc"), 0, 3, false};
  piece.kind = BulkKind::kAnswerPiece;
  grpc::ByteBuffer buffer = BufferOf(piece);
  OneString sink;
  const absl::StatusOr<BulkPieceEnd> read = ReadPiece(buffer, sink);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->kind, BulkKind::kAnswerPiece);
  EXPECT_EQ(read->data, "abc");
  EXPECT_EQ(sink.bytes, "");
  EXPECT_EQ(static_cast<int>(BulkKind::kAnswerBegin), node::BulkChunk::BEGIN);
  EXPECT_EQ(static_cast<int>(BulkKind::kAnswerPiece), node::BulkChunk::PIECE);
}

TEST(ByteBuffersTest, RefusesBytesThatAreNoChunk) {
  for (const std::string& bytes : {std::string("\xff\xff\xff"), std::string("\x12\x05yz"),
                                   std::string("\x08\x01\x12\x7f"), std::string("\x08"), std::string()}) {
    grpc::ByteBuffer buffer = BufferOf(bytes);
    OneString sink;
    EXPECT_FALSE(ReadPiece(buffer, sink).ok());
  }
}

TEST(ByteBuffersTest, RefusesAMessageOfAnotherShape) {
  grpc::ByteBuffer buffer = BufferOf(std::string("\x0a\xff"));
  node::WorkerBatch batch;
  EXPECT_EQ(ParseBuffer(buffer, batch).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hearth::rpc
