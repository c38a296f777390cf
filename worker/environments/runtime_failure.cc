#include "worker/environments/runtime_failure.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "common/io/json.h"
#include "common/limits.h"

namespace hearth::worker {
namespace {

PhaseStatus ErrorStatus(std::string error_type) { return {PhaseStatus::Kind::kError, std::move(error_type)}; }

// The names Go gives signals: the platform these messages come from is written in it.
std::string SignalName(int signal) {
  switch (signal) {
    case SIGHUP:
      return "hangup";
    case SIGINT:
      return "interrupt";
    case SIGQUIT:
      return "quit";
    case SIGILL:
      return "illegal instruction";
    case SIGTRAP:
      return "trace/breakpoint trap";
    case SIGABRT:
      return "aborted";
    case SIGBUS:
      return "bus error";
    case SIGFPE:
      return "floating point exception";
    case SIGKILL:
      return "killed";
    case SIGUSR1:
      return "user defined signal 1";
    case SIGSEGV:
      return "segmentation fault";
    case SIGUSR2:
      return "user defined signal 2";
    case SIGPIPE:
      return "broken pipe";
    case SIGALRM:
      return "alarm clock";
    case SIGTERM:
      return "terminated";
    case SIGSYS:
      return "bad system call";
    default:
      return fmt::format("signal {}", signal);
  }
}

RuntimeFailure NotExecutable(int error, std::string_view bootstrap) {
  const std::string reason = absl::AsciiStrToLower(std::generic_category().message(error));
  return {ErrorStatus("Runtime.InvalidEntrypoint"), fmt::format("fork/exec {}: {}", bootstrap, reason), std::nullopt};
}

}  // namespace

std::string RuntimeFailure::Payload(std::string_view request_id) const {
  if (verbatim) return *verbatim;
  const std::string type = status.kind == PhaseStatus::Kind::kTimeout ? "Sandbox.Timedout" : status.error_type;
  return Json(Json::Object{{"errorType", type},
                           {"errorMessage", fmt::format("RequestId: {} Error: {}", request_id, message)}})
      .Dump();
}

std::string RuntimeFailure::ErrorCode(bool streamed) const {
  if (status.kind == PhaseStatus::Kind::kTimeout) return "Sandbox.Timeout";
  return streamed ? std::string(kTruncatedResponseType) : status.error_type;
}

RuntimeFailure TimedOut(std::chrono::milliseconds limit) {
  return {{PhaseStatus::Kind::kTimeout, ""},
          fmt::format("Task timed out after {} seconds", FormatSeconds(limit)),
          std::nullopt};
}

RuntimeFailure Exited(const RuntimeExit& exit, bool out_of_memory, std::string_view bootstrap) {
  if (exit.exec_errno != 0) return NotExecutable(exit.exec_errno, bootstrap);
  if (out_of_memory) {
    return {ErrorStatus("Runtime.OutOfMemory"), "Runtime exited with error: signal: killed", std::nullopt};
  }
  std::string message = "Runtime exited without providing a reason";
  if (exit.signal) message = fmt::format("Runtime exited with error: signal: {}", SignalName(*exit.signal));
  if (exit.exit_code.value_or(0) != 0) {
    message = fmt::format("Runtime exited with error: exit status {}", *exit.exit_code);
  }
  return {ErrorStatus("Runtime.ExitError"), std::move(message), std::nullopt};
}

RuntimeFailure NoBootstrap(const std::vector<std::string>& searched) {
  return {ErrorStatus("Runtime.InvalidEntrypoint"),
          fmt::format("Couldn't find valid bootstrap(s): [{}]", absl::StrJoin(searched, " ")), std::nullopt};
}

RuntimeFailure InitErrorPosted(RuntimeAnswer answer) {
  RuntimeFailure failure{ErrorStatus(std::move(answer.error_type)), "Runtime failed to initialize", std::nullopt};
  if (!answer.body.empty()) failure.verbatim = std::move(answer.body);
  return failure;
}

std::string ResponseTooLargePayload(bool streamed) {
  const size_t limit = streamed ? kMaxStreamedResponseBytes : kMaxInvokeResponseBytes;
  const std::string message =
      fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).", limit);
  return Json(Json::Object{{"errorMessage", message}, {"errorType", kResponseTooLargeType}}).Dump();
}

}  // namespace hearth::worker
