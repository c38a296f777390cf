#include "controller/async/retry_schedule.h"

#include <algorithm>

namespace hearth::controller {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kFirstDelay{1};
constexpr seconds kLongestDelay{300};
constexpr double kJitterShare = 0.25;

milliseconds DelayAfter(int delays, double jitter) {
  const int doublings = std::clamp(delays - 1, 0, 10);
  const milliseconds full = std::min<milliseconds>(kFirstDelay * (1 << doublings), kLongestDelay);
  return full - duration_cast<milliseconds>(full * (kJitterShare * jitter));
}

// A delayed event is tried a last time when its age runs out.
EventVerdict AfterDelay(const RetryPolicy& policy, const Attempts& attempts, MonotonicTime now, double jitter) {
  const MonotonicTime latest = attempts.accepted + policy.maximum_event_age;
  if (now >= latest) return {EventFate::kAgeExceeded, {}};
  return {EventFate::kRetry, std::min<MonotonicTime>(now + DelayAfter(attempts.delays, jitter), latest)};
}

// A retry that would come too late is not waited for.
EventVerdict AfterError(const RetryPolicy& policy, const Attempts& attempts, MonotonicTime now) {
  if (attempts.failed > policy.maximum_retry_attempts) return {EventFate::kRetriesExhausted, {}};
  const MonotonicTime due = now + policy.first_retry * attempts.failed;
  if (due - attempts.accepted > policy.maximum_event_age) return {EventFate::kAgeExceeded, {}};
  return {EventFate::kRetry, due};
}

}  // namespace

EventVerdict JudgeAttempt(const RetryPolicy& policy, AttemptResult result, const Attempts& attempts, MonotonicTime now,
                          double jitter) {
  switch (result) {
    case AttemptResult::kAnswered:
      return {EventFate::kSucceeded, {}};
    case AttemptResult::kNeverPossible:
      return {EventFate::kZeroReservedConcurrency, {}};
    case AttemptResult::kDelayed:
      return AfterDelay(policy, attempts, now, jitter);
    case AttemptResult::kFunctionError:
      break;
  }
  return AfterError(policy, attempts, now);
}

std::string_view ConditionName(EventFate fate) {
  switch (fate) {
    case EventFate::kSucceeded:
      return "Success";
    case EventFate::kRetriesExhausted:
      return "RetriesExhausted";
    case EventFate::kAgeExceeded:
      return "EventAgeExceeded";
    case EventFate::kZeroReservedConcurrency:
      return "ZeroReservedConcurrency";
    case EventFate::kLoop:
      return "RecursiveInvocation";
    case EventFate::kRetry:
      break;
  }
  return "";
}

}  // namespace hearth::controller
