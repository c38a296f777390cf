#include "controller/topics/delivery_schedule.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

TEST(DeliveryScheduleTest, TriesAtOnceThenSoonThenEverLaterThenSteadily) {
  EXPECT_EQ(DelayAfter(1), 0ms);
  EXPECT_EQ(DelayAfter(3), 0ms);
  EXPECT_EQ(DelayAfter(4), 1s);
  EXPECT_EQ(DelayAfter(5), 1s);
  EXPECT_EQ(DelayAfter(7), 2s);
  EXPECT_EQ(DelayAfter(10), 16s);
  EXPECT_EQ(DelayAfter(15), 20s);
  EXPECT_EQ(DelayAfter(100'015), 20s);
  EXPECT_EQ(DelayAfter(100'016), std::nullopt);
  EXPECT_EQ(DelayAfter(3, /*far=*/true), 20s);
  EXPECT_EQ(DelayAfter(4, /*far=*/true), std::nullopt);
}

}  // namespace
}  // namespace hearth::controller
