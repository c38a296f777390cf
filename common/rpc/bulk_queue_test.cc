#include "common/rpc/bulk_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "common/limits.h"

namespace hearth::rpc {
namespace {

std::shared_ptr<const std::string> Payload(size_t bytes) { return std::make_shared<const std::string>(bytes, 'x'); }

TEST(BulkQueueTest, CutsAPayloadIntoChunksAndMarksTheLast) {
  BulkQueue queue(size_t{1} << 30);
  ASSERT_TRUE(queue.Push(7, Payload(2 * kPayloadChunkBytes + 1)).ok());
  std::vector<size_t> sizes;
  std::vector<bool> lasts;
  while (const std::optional<BulkPiece> piece = queue.Take()) {
    sizes.push_back(piece->size);
    lasts.push_back(piece->last);
  }
  EXPECT_EQ(sizes, (std::vector<size_t>{kPayloadChunkBytes, kPayloadChunkBytes, 1}));
  EXPECT_EQ(lasts, (std::vector<bool>{false, false, true}));
}

TEST(BulkQueueTest, AShortPayloadIsNotHeldUpByALongOne) {
  BulkQueue queue(size_t{1} << 30);
  ASSERT_TRUE(queue.Push(1, Payload(20 * kPayloadChunkBytes)).ok());
  ASSERT_TRUE(queue.Push(2, Payload(kPayloadChunkBytes)).ok());
  EXPECT_EQ(queue.Take()->invocation_id, 1u);
  EXPECT_EQ(queue.Take()->invocation_id, 2u);
}

TEST(BulkQueueTest, OnlySomePayloadsTravelAtOnce) {
  BulkQueue queue(size_t{1} << 30);
  for (uint64_t id = 1; id <= 3 * kMaxBulkInTurn; ++id)
    ASSERT_TRUE(queue.Push(id, Payload(5 * kPayloadChunkBytes)).ok());
  std::map<uint64_t, bool> unfinished;
  size_t most = 0, pieces = 0;
  while (const std::optional<BulkPiece> piece = queue.Take()) {
    ++pieces;
    unfinished[piece->invocation_id] = true;
    if (piece->last) unfinished.erase(piece->invocation_id);
    most = std::max(most, unfinished.size());
  }
  EXPECT_EQ(pieces, 3 * kMaxBulkInTurn * 5);
  EXPECT_LE(most, kMaxBulkInTurn);
}

TEST(BulkQueueTest, StreamedAnswersAndPayloadsTakeTurns) {
  BulkQueue queue(size_t{1} << 30);
  ASSERT_TRUE(queue.Push(1, Payload(20 * kPayloadChunkBytes)).ok());
  for (int i = 0; i < 3; ++i) {
    BulkPiece piece{2, Payload(10), 0, 10, false};
    piece.kind = BulkKind::kAnswerPiece;
    ASSERT_TRUE(queue.PushPiece(std::move(piece)).ok());
  }
  std::string order;
  for (int i = 0; i < 7; ++i) order += std::to_string(queue.Take()->invocation_id);
  EXPECT_EQ(order, "2121211");
  EXPECT_EQ(queue.waiting_bytes(), 16 * kPayloadChunkBytes);
}

TEST(BulkQueueTest, RefusesMoreBytesThanItsBound) {
  BulkQueue queue(100);
  ASSERT_TRUE(queue.Push(1, Payload(80)).ok());
  EXPECT_EQ(queue.Push(2, Payload(30)).code(), absl::StatusCode::kResourceExhausted);
  queue.Take();
  EXPECT_TRUE(queue.Push(2, Payload(30)).ok());
}

}  // namespace
}  // namespace hearth::rpc
