// RetrySchedule says what becomes of an event after an attempt: done, tried again later, or given up.
//
// Shapes:  an attempt ends as the function's answer, the function's error, or a delay: nothing ran, or nobody can know.
// Errors:  none.
// Threads: no state.
// Source:  semantics.md §9; Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous
// invocation".
#pragma once

#include <chrono>
#include <string_view>

#include "common/clock.h"

namespace hearth::controller {

// Of the qualifier an event was sent to, as it is when the attempt ends.
struct RetryPolicy {
  int maximum_retry_attempts = 2;
  std::chrono::seconds maximum_event_age{21600};
  std::chrono::seconds first_retry{60};  // the second waits twice as long
};

enum class AttemptResult { kAnswered, kFunctionError, kDelayed, kNeverPossible };

struct Attempts {
  MonotonicTime accepted{};
  int failed = 0;  // with a function error, the one just ended included
  int delays = 0;  // in a row, the one just ended included
};

enum class EventFate { kSucceeded, kRetry, kRetriesExhausted, kAgeExceeded, kZeroReservedConcurrency, kLoop };

struct EventVerdict {
  EventFate fate = EventFate::kRetry;
  MonotonicTime due{};  // of kRetry
};

// `jitter` in [0, 1) spreads what was delayed together.
EventVerdict JudgeAttempt(const RetryPolicy& policy, AttemptResult result, const Attempts& attempts, MonotonicTime now,
                          double jitter);

// As destination records name it: "Success", "RetriesExhausted"…
std::string_view ConditionName(EventFate fate);

}  // namespace hearth::controller
