#include "controller/async/retry_schedule.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

const MonotonicTime kAccepted{1000s};

EventVerdict Judge(AttemptResult result, int failed, int delays, std::chrono::seconds age, RetryPolicy policy = {},
                   double jitter = 0) {
  return JudgeAttempt(policy, result, {kAccepted, failed, delays}, kAccepted + age, jitter);
}

TEST(RetryScheduleTest, AnAnswerIsTheEnd) {
  EXPECT_EQ(Judge(AttemptResult::kAnswered, 0, 0, 1s).fate, EventFate::kSucceeded);
}

TEST(RetryScheduleTest, ErrorsAreRetriedAfterOneMinuteAndThenTwo) {
  const EventVerdict first = Judge(AttemptResult::kFunctionError, 1, 0, 1s);
  EXPECT_EQ(first.fate, EventFate::kRetry);
  EXPECT_EQ(first.due, kAccepted + 61s);
  EXPECT_EQ(Judge(AttemptResult::kFunctionError, 2, 0, 61s).due, kAccepted + 181s);
  EXPECT_EQ(Judge(AttemptResult::kFunctionError, 3, 0, 181s).fate, EventFate::kRetriesExhausted);
}

TEST(RetryScheduleTest, TheOwnerMayWantNoRetry) {
  EXPECT_EQ(Judge(AttemptResult::kFunctionError, 1, 0, 1s, {.maximum_retry_attempts = 0}).fate,
            EventFate::kRetriesExhausted);
}

TEST(RetryScheduleTest, ARetryThatWouldComeTooLateIsNotWaitedFor) {
  const RetryPolicy policy{.maximum_event_age = 60s};
  EXPECT_EQ(Judge(AttemptResult::kFunctionError, 1, 0, 1s, policy).fate, EventFate::kAgeExceeded);
  EXPECT_EQ(Judge(AttemptResult::kFunctionError, 1, 0, 0s, policy).fate, EventFate::kRetry);
}

TEST(RetryScheduleTest, DelaysDoubleFromASecondToFiveMinutes) {
  for (const auto& [delays, wait] : {std::pair(1, 1s), {2, 2s}, {3, 4s}, {9, 256s}, {10, 300s}, {200, 300s}}) {
    EXPECT_EQ(Judge(AttemptResult::kDelayed, 0, delays, 1s).due, kAccepted + 1s + wait) << delays;
  }
}

TEST(RetryScheduleTest, JitterShortensADelayByAQuarterAtMost) {
  EXPECT_EQ(Judge(AttemptResult::kDelayed, 0, 3, 0s, {}, 1.0).due, kAccepted + 3s);
}

TEST(RetryScheduleTest, ADelayedEventIsTriedALastTimeWhenItsAgeRunsOut) {
  const RetryPolicy policy{.maximum_event_age = 60s};
  EXPECT_EQ(Judge(AttemptResult::kDelayed, 0, 9, 50s, policy).due, kAccepted + 60s);
  EXPECT_EQ(Judge(AttemptResult::kDelayed, 0, 10, 60s, policy).fate, EventFate::kAgeExceeded);
}

TEST(RetryScheduleTest, DelaysUseUpNoRetry) {
  EXPECT_EQ(Judge(AttemptResult::kDelayed, 2, 50, 300s).fate, EventFate::kRetry);
}

TEST(RetryScheduleTest, WhatCanNeverRunIsGivenUpAtOnce) {
  EXPECT_EQ(Judge(AttemptResult::kNeverPossible, 0, 1, 0s).fate, EventFate::kZeroReservedConcurrency);
}

TEST(RetryScheduleTest, ConditionsHaveTheirNames) {
  EXPECT_EQ(ConditionName(EventFate::kSucceeded), "Success");
  EXPECT_EQ(ConditionName(EventFate::kRetriesExhausted), "RetriesExhausted");
  EXPECT_EQ(ConditionName(EventFate::kAgeExceeded), "EventAgeExceeded");
  EXPECT_EQ(ConditionName(EventFate::kZeroReservedConcurrency), "ZeroReservedConcurrency");
}

}  // namespace
}  // namespace hearth::controller
