#include "controller/observe/log_segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace hearth::controller {
namespace {

namespace fs = std::filesystem;

class LogSegmentTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/hearth-log-segment-test-XXXXXX";
    folder_ = mkdtemp(pattern);
    AppendRecord(data_, StreamNamed{5, "a"});
    AppendRecord(data_, EventLogged{0, LogSource::kFunction, 100, 200, "one"});
    AppendRecord(data_, StreamNamed{6, "b"});
    AppendRecord(data_, StreamDeleted{"a"});
    AppendRecord(data_, EventLogged{1, LogSource::kFunction, 50, 201, "two"});
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string folder_;
  std::string data_;
};

TEST_F(LogSegmentTest, ASummaryTellsStreamsTimesAndDeletions) {
  ASSERT_TRUE(AppendToSegment(folder_, 7, 0, data_, false).ok());
  const absl::StatusOr<SegmentTally> tally = RecoverSegment(folder_, 7);
  ASSERT_TRUE(tally.ok());
  const SegmentSummary& summary = tally->summary();
  EXPECT_EQ(summary.records, 5u);
  EXPECT_EQ(summary.min_ms, 50);
  EXPECT_EQ(summary.max_ms, 100);
  EXPECT_THAT(summary.streams, testing::ElementsAre(testing::Key("b")));
  EXPECT_THAT(summary.deletions, testing::ElementsAre(testing::Pair("a", 10u)));
  EXPECT_EQ(*tally->NumberOf("b"), 1u);
  EXPECT_EQ(tally->NumberOf("a"), nullptr);
}

TEST_F(LogSegmentTest, AnIndexSaysTheSameAsTheSegment) {
  ASSERT_TRUE(AppendToSegment(folder_, 7, 0, data_, true).ok());
  const SegmentSummary read = LoadSealedSegment(folder_, 7).value();
  WriteSegmentIndex(folder_, read);
  ASSERT_TRUE(fs::exists(folder_ + "/00000000000000000007.idx"));
  EXPECT_EQ(LoadSealedSegment(folder_, 7).value(), read);
}

TEST_F(LogSegmentTest, AnIndexOfAnotherSizeIsNotBelieved) {
  ASSERT_TRUE(AppendToSegment(folder_, 7, 0, data_, false).ok());
  SegmentSummary lie = LoadSealedSegment(folder_, 7).value();
  lie.bytes += 1;
  lie.records = 99;
  WriteSegmentIndex(folder_, lie);
  EXPECT_EQ(LoadSealedSegment(folder_, 7).value().records, 5u);
}

TEST_F(LogSegmentTest, RecoveryCutsWhatIsTorn) {
  ASSERT_TRUE(AppendToSegment(folder_, 7, 0, data_ + "torn", false).ok());
  ASSERT_TRUE(RecoverSegment(folder_, 7).ok());
  EXPECT_EQ(fs::file_size(SegmentPath(folder_, 7)), data_.size());
}

TEST_F(LogSegmentTest, ARetiredSegmentReadsAsNothing) {
  EXPECT_EQ(ReadSegment(folder_, 7, 100).value(), "");
  ASSERT_TRUE(AppendToSegment(folder_, 7, 0, data_, false).ok());
  ASSERT_TRUE(AppendToSegment(folder_, 30, 0, data_, false).ok());
  EXPECT_THAT(ListSegments(folder_).value(), testing::ElementsAre(7, 30));
  RemoveSegment(folder_, 7);
  EXPECT_THAT(ListSegments(folder_).value(), testing::ElementsAre(30));
}

}  // namespace
}  // namespace hearth::controller
