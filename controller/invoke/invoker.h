// Invoker is the one door through which every trigger runs a function: resolve, admit, place, send, answer.
//
// Shapes:  payloads are bytes that were checked as JSON by the trigger.
// Errors:  NotFound: no such function or qualifier. Aborted: a loop (lineage.h). All else expected is an InvokeOutcome.
// Threads: Invoke from any thread; the coroutine continues on the thread that delivers the result.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "common/async.h"
#include "controller/scheduler/response_sink.h"
#include "controller/secrets/key_problem.h"

namespace hearth::controller {

struct InvokeTarget {
  std::string account;
  std::string function_name;
  std::string qualifier;  // as the caller wrote it; empty when none
};

struct InvokeRequest {
  InvokeTarget target;
  std::string request_id;
  std::string payload;
  std::string client_context;  // decoded JSON; empty when none
  std::string trace_header;    // X-Amzn-Trace-Id as received; empty when none
  bool want_log_tail = false;
  bool of_event = false;  // asynchronous: it was accepted before, and no rate of requests applies
  // Takes the answer while the function writes it; nullptr: it comes whole, also where the function streams it.
  std::shared_ptr<ResponseSink> response = nullptr;
};

// The function ran (or its environment failed in a way the function's owner answers for).
struct Completed {
  bool function_error = false;
  std::string payload;
  std::string log_tail;          // raw, at most kLogTailBytes
  std::string executed_version;  // "$LATEST" or a number
  bool streamed = false;         // the answer went to InvokeRequest::response; payload is what is left to say
  std::string error_code = {};   // with function_error: in the words of InvokeWithResponseStream
};

// Nothing ran: a limit is reached. Reason strings are AWS's ThrottleReason.
struct Throttled {
  std::string reason;
  std::chrono::seconds retry_after{1};
};

// Nothing ran: the function is Pending or Failed.
struct NotInvocable {
  std::string state;
};

// The platform could not run it (no worker, sandbox set-up failed, worker lost while it ran).
struct PlatformFailure {
  std::string detail;
};

// Nothing ran: the customer's key does not open the function's environment.
struct KeyUnusable {
  KeyProblem problem;
};

// Nothing ran: the function's role is gone, or no longer trusts Lambda.
struct RoleUnusable {};

using InvokeOutcome = std::variant<Completed, Throttled, NotInvocable, PlatformFailure, KeyUnusable, RoleUnusable>;

class Invoker {
 public:
  virtual ~Invoker() = default;
  virtual Async<absl::StatusOr<InvokeOutcome>> Invoke(InvokeRequest request) = 0;
};

}  // namespace hearth::controller
