#include "common/clock.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

using std::chrono::milliseconds;

const WallTime kTime = FromUnixMillis(1769851800123);  // 2026-01-31T09:30:00.123Z

TEST(ClockTest, FormatsTheTimestampOfAFunctionConfiguration) {
  EXPECT_EQ(FormatAwsTimestamp(kTime), "2026-01-31T09:30:00.123+0000");
}

TEST(ClockTest, FormatsTheTimestampOfALogLine) { EXPECT_EQ(FormatIsoMillis(kTime), "2026-01-31T09:30:00.123Z"); }

TEST(ClockTest, FormatsTheDateOfASignature) { EXPECT_EQ(FormatAmzDate(kTime), "20260131T093000Z"); }

TEST(ClockTest, MillisecondsSurviveTheRoundTrip) { EXPECT_EQ(UnixMillis(kTime), 1769851800123); }

TEST(RealClockTest, MonotonicTimeDoesNotGoBack) {
  RealClock clock;
  MonotonicTime last = clock.Monotonic();
  for (int i = 0; i < 1000; ++i) {
    const MonotonicTime now = clock.Monotonic();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(RealClockTest, WallTimeIsAfterThisWasWritten) { EXPECT_GT(UnixMillis(RealClock().Wall()), 1735689600000); }

TEST(FakeClockTest, StandsStillUntilAdvanced) {
  FakeClock clock;
  EXPECT_EQ(clock.Wall(), clock.Wall());
  EXPECT_EQ(clock.Monotonic(), clock.Monotonic());
}

TEST(FakeClockTest, AdvanceMovesBothTimes) {
  FakeClock clock;
  const WallTime wall = clock.Wall();
  const MonotonicTime monotonic = clock.Monotonic();
  clock.Advance(milliseconds(1500));
  EXPECT_EQ(clock.Wall() - wall, milliseconds(1500));
  EXPECT_EQ(clock.Monotonic() - monotonic, milliseconds(1500));
}

}  // namespace
}  // namespace hearth
