#include "controller/scheduler/demand.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

Demand Observed(std::chrono::microseconds duration, std::chrono::microseconds start) {
  Demand demand;
  demand.ObserveDuration(duration);
  demand.ObserveStart(start);
  return demand;
}

TEST(DemandTest, TheFirstRequestStartsOneEnvironment) {
  EXPECT_EQ(Demand().StartsNeeded({.waiting = 1, .max_starting = 64}), 1u);
}

TEST(DemandTest, NeverMoreAreStartingThanRequestsWait) {
  const Demand slow = Observed(10s, 100ms);
  EXPECT_EQ(slow.StartsNeeded({.waiting = 3, .starting = 3, .max_starting = 64}), 0u);
  EXPECT_EQ(slow.StartsNeeded({.waiting = 3, .starting = 1, .max_starting = 64}), 2u);
}

TEST(DemandTest, NothingStartsWhenTheBusyOnesFinishSooner) {
  const Demand quick = Observed(5ms, 100ms);
  EXPECT_EQ(quick.StartsNeeded({.waiting = 10, .busy = 2, .max_starting = 64}), 0u);
}

TEST(DemandTest, ABurstOfShortRequestsNeedsFewEnvironments) {
  const Demand quick = Observed(5ms, 100ms);
  const size_t needed = quick.StartsNeeded({.waiting = 1000, .busy = 1, .max_starting = 10000});
  EXPECT_GT(needed, 10u);
  EXPECT_LT(needed, 100u);
}

TEST(DemandTest, ABurstOfLongRequestsGetsAnEnvironmentEach) {
  const Demand slow = Observed(1s, 100ms);
  EXPECT_EQ(slow.StartsNeeded({.waiting = 1000, .max_starting = 10000}), 1000u);
}

TEST(DemandTest, AHeadThatWaitsTooLongStartsOneAgainstThePrediction) {
  const Demand quick = Observed(5ms, 100ms);
  EXPECT_EQ(quick.StartsNeeded({.waiting = 1, .busy = 50, .oldest_wait = 10ms, .max_starting = 64}), 0u);
  EXPECT_EQ(quick.StartsNeeded({.waiting = 1, .busy = 50, .oldest_wait = 201ms, .max_starting = 64}), 1u);
}

// While what was started comes, the head waits; that says nothing of how long runs take.
TEST(DemandTest, WaitingForStartsIsNoSignOfLongRuns) {
  const Demand quick = Observed(5ms, 100ms);
  const Situation burst{.waiting = 1000, .starting = 50, .busy = 1, .oldest_wait = 190ms, .max_starting = 10000};
  EXPECT_EQ(quick.StartsNeeded(burst), 0u);
  Situation long_after = burst;
  long_after.oldest_wait = 1200ms;  // runs take a second now
  EXPECT_GT(quick.StartsNeeded(long_after), 500u);
}

// Callers who ask again as soon as they are answered never wait long, and never stop waiting.
TEST(DemandTest, AQueueThatNeverEmptiesDoublesWhatServesIt) {
  const Demand quick = Observed(1ms, 60ms);
  Situation now{.waiting = 62, .busy = 2, .oldest_wait = 31ms, .hungry_for = 100ms, .max_starting = 64};
  EXPECT_EQ(quick.StartsNeeded(now), 0u);
  now.hungry_for = 121ms;
  EXPECT_EQ(quick.StartsNeeded(now), 2u);
  now.starting = 2;
  EXPECT_EQ(quick.StartsNeeded(now), 0u);
}

TEST(DemandTest, StartsStayUnderTheirBound) {
  EXPECT_EQ(Demand().StartsNeeded({.waiting = 1000, .starting = 10, .max_starting = 32}), 22u);
}

}  // namespace
}  // namespace hearth::controller
