#include "worker/logs/log_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/limits.h"

namespace hearth::worker {
namespace {

using testing::StartsWith;

struct Shipper final : LogShipper {
  void Ship(node::LogBatch batch) override { batches.push_back(std::move(batch)); }
  std::vector<node::LogBatch> batches;
};

class LogStreamTest : public testing::Test {
 protected:
  FakeClock clock_;
  Shipper shipper_;
  LogStream stream_{LogDestination{"123456789012", "/aws/lambda/f", "s"}, clock_, shipper_};
};

TEST_F(LogStreamTest, ShipsWhatItWasGivenInOrderWithItsSource) {
  stream_.Platform("START\n");
  stream_.Function("hello");
  stream_.Flush();
  ASSERT_EQ(shipper_.batches.size(), 1u);
  const node::LogBatch& batch = shipper_.batches[0];
  EXPECT_EQ(batch.account(), "123456789012");
  EXPECT_EQ(batch.log_stream(), "s");
  ASSERT_EQ(batch.records_size(), 2);
  EXPECT_EQ(batch.records(0).source(), node::LogRecord::PLATFORM);
  EXPECT_EQ(batch.records(1).source(), node::LogRecord::FUNCTION);
  EXPECT_EQ(batch.records(1).text(), "hello\n");
}

TEST_F(LogStreamTest, LeavesOutWhatTheRulesDoNotKeep) {
  LogStream stream({"0", "g", "s", {.json = true, .application = EventLevel::kError}}, clock_, shipper_);
  stream.Function("warned", 0xa55a0002 | 0x10);
  stream.Function("failed", 0xa55a0002 | 0x14);
  stream.Flush();
  ASSERT_EQ(shipper_.batches[0].records_size(), 1);
  EXPECT_EQ(shipper_.batches[0].records(0).text(), "failed\n");
}

TEST_F(LogStreamTest, ShipsNothingWhenThereIsNothing) {
  stream_.Flush();
  EXPECT_TRUE(shipper_.batches.empty());
}

TEST_F(LogStreamTest, MakesWhatTheFunctionPrintsParseableForTheController) {
  stream_.Function("\xFF\xFE");
  stream_.Flush();
  node::LogBatch parsed;
  EXPECT_TRUE(parsed.ParseFromString(shipper_.batches[0].SerializeAsString()));
}

TEST_F(LogStreamTest, HandsABigBatchOverByItself) {
  for (int i = 0; i < 5; ++i) stream_.Function(std::string(64 * 1024, 'x'));
  EXPECT_EQ(shipper_.batches.size(), 1u);
}

TEST_F(LogStreamTest, ReportsWhatWasDropped) {
  stream_.CountDropped(3);
  stream_.Flush();
  EXPECT_EQ(shipper_.batches.at(0).dropped_records(), 3);
}

TEST_F(LogStreamTest, KeepsTheLastBytesOfATailThatBeginsWhenAsked) {
  stream_.Function("before");
  stream_.StartTail();
  stream_.Platform("START\n");
  EXPECT_EQ(stream_.TakeTail(), "START\n");
  stream_.StartTail();
  for (int i = 0; i < 10000; ++i) stream_.Function("line");
  stream_.Function("last");
  const std::string tail = stream_.TakeTail();
  EXPECT_EQ(tail.size(), kLogTailBytes);
  EXPECT_THAT(std::string(tail.rbegin(), tail.rend()), StartsWith("\ntsal\n"));
}

}  // namespace
}  // namespace hearth::worker
