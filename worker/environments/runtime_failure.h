// RuntimeFailure says how a runtime failed, in the words the caller, the log and the controller read.
//
// Shapes:  Payload is the error JSON of Invoke: errorType first, then errorMessage.
// Threads: value types and pure functions.
// Source:  semantics.md §7.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/logs/platform_lines.h"
#include "worker/runtime_api/invocation_slot.h"
#include "worker/sandbox/sandbox.h"

namespace hearth::worker {

struct RuntimeFailure {
  PhaseStatus status;                   // for INIT_REPORT and REPORT
  std::string message;                  // after "RequestId: <id> Error: "
  std::optional<std::string> verbatim;  // the runtime's own error JSON, handed on as it is

  std::string Payload(std::string_view request_id) const;
  // What InvokeWithResponseStream calls it; `streamed`: part of the answer was on its way. Source: api.md "Event-stream
  // encoding".
  std::string ErrorCode(bool streamed) const;
};

// The function's own time limit, or the one of INIT (whose message nobody reads).
RuntimeFailure TimedOut(std::chrono::milliseconds limit);
// `bootstrap` is what was to be executed, for an exit with exec_errno.
RuntimeFailure Exited(const RuntimeExit& exit, bool out_of_memory, std::string_view bootstrap);
RuntimeFailure NoBootstrap(const std::vector<std::string>& searched);
RuntimeFailure InitErrorPosted(RuntimeAnswer answer);

// {"errorMessage":"Response payload size exceeded …","errorType":"Function.ResponseSizeTooLarge"}
std::string ResponseTooLargePayload(bool streamed = false);
inline constexpr std::string_view kSandboxFailureCode = "Sandbox.Failure";
inline constexpr std::string_view kResponseTooLargeType = "Function.ResponseSizeTooLarge";

}  // namespace hearth::worker
