#include "controller/cluster/shipped_logs.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

using Verdict = ShippedLogs::Verdict;

TEST(ShippedLogsTest, AKeptBatchIsNotKeptAgain) {
  ShippedLogs logs;
  EXPECT_EQ(logs.Begin(3), Verdict::kNew);
  logs.Ended(3, true);
  EXPECT_EQ(logs.Begin(3), Verdict::kKept);
  EXPECT_EQ(logs.Begin(1), Verdict::kKept);
  EXPECT_EQ(logs.Begin(4), Verdict::kNew);
}

TEST(ShippedLogsTest, ABatchThatWasNotKeptIsTakenAgain) {
  ShippedLogs logs;
  logs.Begin(1);
  logs.Ended(1, false);
  EXPECT_EQ(logs.Begin(1), Verdict::kNew);
}

TEST(ShippedLogsTest, WhileOneBatchIsWrittenNoOtherBegins) {
  ShippedLogs logs;
  logs.Begin(1);
  EXPECT_EQ(logs.Begin(1), Verdict::kUnderWay);
  EXPECT_EQ(logs.Begin(2), Verdict::kUnderWay);
}

}  // namespace
}  // namespace hearth::controller
