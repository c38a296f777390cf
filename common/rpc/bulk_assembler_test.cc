#include "common/rpc/bulk_assembler.h"

#include <gtest/gtest.h>

#include "common/limits.h"
#include "proto/node.pb.h"

namespace hearth::rpc {
namespace {

constexpr size_t kBound = 1 << 20;

node::Invoke Announce(uint64_t id, uint64_t bytes) {
  node::Invoke invoke;
  invoke.set_invocation_id(id);
  invoke.set_request_id("r");
  invoke.set_bulk_bytes(bytes);
  return invoke;
}

grpc::ByteBuffer Piece(uint64_t id, const std::string& data, bool last) {
  return BufferOf(BulkPiece{id, std::make_shared<const std::string>(data), 0, data.size(), last});
}

TEST(BulkAssemblerTest, JoinsPiecesThatComeAfterTheirMessage) {
  BulkAssembler<node::Invoke> assembler(kBound);
  EXPECT_FALSE(assembler.Add(Announce(1, 6))->has_value());
  grpc::ByteBuffer first = Piece(1, "abc", false), second = Piece(1, "def", true);
  EXPECT_FALSE(assembler.Add(first)->has_value());
  const std::optional<node::Invoke> whole = *assembler.Add(second);
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(whole->payload(), "abcdef");
  EXPECT_EQ(whole->request_id(), "r");
  EXPECT_EQ(whole->bulk_bytes(), 0u);
}

TEST(BulkAssemblerTest, JoinsPiecesThatComeBeforeTheirMessage) {
  BulkAssembler<node::Invoke> assembler(kBound);
  grpc::ByteBuffer only = Piece(1, "abc", true);
  EXPECT_FALSE(assembler.Add(only)->has_value());
  const std::optional<node::Invoke> whole = *assembler.Add(Announce(1, 3));
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(whole->payload(), "abc");
}

TEST(BulkAssemblerTest, RefusesASizeThatWasNotAnnounced) {
  BulkAssembler<node::Invoke> assembler(kBound);
  ASSERT_TRUE(assembler.Add(Announce(1, 2)).ok());
  grpc::ByteBuffer only = Piece(1, "abc", true);
  EXPECT_EQ(assembler.Add(only).status().code(), absl::StatusCode::kDataLoss);
}

TEST(BulkAssemblerTest, RefusesAPayloadOverTheBound) {
  BulkAssembler<node::Invoke> assembler(kBound);
  EXPECT_EQ(assembler.Add(Announce(1, kBound + 1)).status().code(), absl::StatusCode::kResourceExhausted);
  grpc::ByteBuffer piece = Piece(2, std::string(kBound + 1, 'x'), false);
  EXPECT_EQ(assembler.Add(piece).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(BulkAssemblerTest, RefusesMoreUnfinishedPayloadsThanAnHonestPeerSends) {
  BulkAssembler<node::Invoke> assembler(kBound);
  absl::Status status;
  uint64_t id = 1;
  for (; id < 1000 && status.ok(); ++id) {
    grpc::ByteBuffer piece = Piece(id, "x", false);
    status = assembler.Add(piece).status();
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(id, kMaxBulkInTurn);
}

}  // namespace
}  // namespace hearth::rpc
