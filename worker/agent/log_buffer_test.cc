#include "worker/agent/log_buffer.h"

#include <gtest/gtest.h>

#include <vector>

namespace hearth::worker {
namespace {

constexpr size_t kMaxMessage = 1 << 20;

node::LogBatch BatchOf(const std::string& stream, const std::string& text) {
  node::LogBatch batch;
  batch.set_account("123456789012");
  batch.set_log_group("g");
  batch.set_log_stream(stream);
  batch.add_records()->set_text(text);
  return batch;
}

TEST(LogBufferTest, ABatchStaysUntilItIsAcknowledged) {
  LogBuffer buffer;
  buffer.Add(BatchOf("s", "a"));
  const std::optional<node::LogBatch> sent = buffer.NextToSend();
  ASSERT_TRUE(sent.has_value());
  EXPECT_FALSE(buffer.NextToSend().has_value());
  buffer.Rewind();
  EXPECT_EQ(buffer.NextToSend()->sequence(), sent->sequence());
  buffer.Acknowledge(sent->sequence());
  buffer.Rewind();
  EXPECT_FALSE(buffer.NextToSend().has_value());
}

TEST(LogBufferTest, SequencesGrow) {
  LogBuffer buffer;
  buffer.Add(BatchOf("a", "1"));
  buffer.Add(BatchOf("b", "2"));
  EXPECT_EQ(buffer.NextToSend()->sequence(), 1u);
  EXPECT_EQ(buffer.NextToSend()->sequence(), 2u);
}

TEST(LogBufferTest, SmallBatchesOfOneStreamAreJoined) {
  LogBuffer buffer;
  buffer.Add(BatchOf("s", "a"));
  buffer.Add(BatchOf("s", "b"));
  buffer.Add(BatchOf("other", "c"));
  const std::optional<node::LogBatch> joined = buffer.NextToSend();
  ASSERT_EQ(joined->records_size(), 2);
  EXPECT_EQ(joined->records(1).text(), "b");
  EXPECT_EQ(buffer.NextToSend()->log_stream(), "other");
}

TEST(LogBufferTest, WhatWasSentIsNotChangedAnyMore) {
  LogBuffer buffer;
  buffer.Add(BatchOf("s", "a"));
  buffer.NextToSend();
  buffer.Add(BatchOf("s", "b"));
  buffer.Rewind();
  EXPECT_EQ(buffer.NextToSend()->records_size(), 1);
}

TEST(LogBufferTest, OnlySomeBatchesAreUnderWay) {
  LogBuffer buffer;
  for (int i = 0; i < 20; ++i) buffer.Add(BatchOf("s" + std::to_string(i), "x"));
  size_t under_way = 0;
  while (buffer.NextToSend()) ++under_way;
  EXPECT_EQ(under_way, LogBuffer::kMaxUnderWay);
  buffer.Acknowledge(1);
  EXPECT_TRUE(buffer.NextToSend().has_value());
}

TEST(LogBufferTest, PastTheBoundTheOldestGoAndTheirStreamIsTold) {
  LogBuffer buffer;
  const std::string large(kMaxMessage, 'x');
  buffer.Add(BatchOf("s", "oldest"));
  for (int i = 0; i < 5; ++i) buffer.Add(BatchOf("t", large));
  buffer.Add(BatchOf("s", "newest"));
  EXPECT_GE(buffer.dropped_records(), 1);
  int64_t told = 0;
  std::vector<std::string> texts;
  while (const std::optional<node::LogBatch> batch = buffer.NextToSend()) {
    if (batch->log_stream() == "s") {
      texts.push_back(batch->records(0).text());
      told += batch->dropped_records();
    }
  }
  EXPECT_EQ(texts, std::vector<std::string>{"newest"});
  EXPECT_EQ(told, 1);
}

TEST(LogBufferTest, WhatIsUnderWayIsNotDropped) {
  LogBuffer buffer;
  buffer.Add(BatchOf("s", "sent"));
  const uint64_t sequence = buffer.NextToSend()->sequence();
  for (int i = 0; i < 8; ++i) buffer.Add(BatchOf("t", std::string(kMaxMessage, 'x')));
  buffer.Rewind();
  EXPECT_EQ(buffer.NextToSend()->sequence(), sequence);
}

TEST(LogBufferTest, WhatWasSentOnceStaysAsItWas) {
  LogBuffer buffer;
  buffer.Add(BatchOf("s", "sent"));
  buffer.NextToSend();
  buffer.Rewind();
  buffer.Add(BatchOf("s", "later"));
  EXPECT_EQ(buffer.NextToSend()->records_size(), 1);
  EXPECT_GT(buffer.NextToSend()->sequence(), 1u);
}

}  // namespace
}  // namespace hearth::worker
