#include "controller/invoke/function_invoker.h"

#include <fmt/format.h>

#include <utility>

#include "common/errors.h"
#include "common/limits.h"
#include "controller/invoke/lineage.h"

namespace hearth::controller {
namespace {

// AWS's ThrottleReason for the account's limits and for a function's. Source: semantics.md §6.
constexpr char kAccountLimit[] = "ConcurrentInvocationLimitExceeded";
constexpr char kReservedLimit[] = "ReservedFunctionConcurrentInvocationLimitExceeded";
constexpr char kAccountRate[] = "FunctionInvocationRateLimitExceeded";
constexpr char kReservedRate[] = "ReservedFunctionInvocationRateLimitExceeded";

InvokeOutcome OutcomeOf(Refusal refusal) {
  switch (refusal) {
    case Refusal::kAccount:
      return Throttled{.reason = kAccountLimit};
    case Refusal::kReserved:
      return Throttled{.reason = kReservedLimit};
    case Refusal::kAccountRate:
      return Throttled{.reason = kAccountRate};
    case Refusal::kReservedRate:
      return Throttled{.reason = kReservedRate};
  }
  return PlatformFailure{"no such refusal"};
}

InvokeOutcome OutcomeOf(NotPlaced&& refusal) {
  switch (refusal.reason) {
    case NotPlaced::Reason::kQueueFull:
    case NotPlaced::Reason::kScalingRate:
    case NotPlaced::Reason::kNoRoom:
      return Throttled{.reason = kAccountLimit};
    case NotPlaced::Reason::kNoWorker:
    case NotPlaced::Reason::kStartFailed:
    case NotPlaced::Reason::kTimedOut:
    case NotPlaced::Reason::kStopping:
      break;
  }
  if (const std::optional<KeyProblem> problem = KeyProblemOf(refusal.cause)) return KeyUnusable{*problem};
  if (absl::IsPermissionDenied(refusal.cause)) return RoleUnusable{};
  return PlatformFailure{std::move(refusal.detail)};
}

InvokeOutcome OutcomeOf(node::InvocationResult&& result, const records::FunctionVersion& version) {
  Completed completed;
  completed.function_error = result.outcome() == node::InvocationResult::FUNCTION_ERROR;
  completed.payload = std::move(*result.mutable_payload());
  completed.log_tail = std::move(*result.mutable_log_tail());
  completed.executed_version = version.version();
  completed.streamed = result.streamed();
  completed.error_code = std::move(*result.mutable_error_code());
  return completed;
}

std::chrono::milliseconds PatienceFor(const records::FunctionVersion& version) {
  return std::chrono::seconds(version.timeout_seconds()) + kInitTimeout + kAnswerGrace;
}

}  // namespace

Async<absl::StatusOr<InvokeOutcome>> FunctionInvoker::Invoke(InvokeRequest request) {
  CO_ASSIGN_OR_RETURN(Resolved resolved, resolver_.Resolve(request.target));
  if (resolved.blocked) co_return InvokeOutcome(*std::move(resolved.blocked));
  if (RunsInChain(request.trace_header, request.target.account, request.target.function_name) >= kMaxRunsInChain) {
    co_return absl::AbortedError(
        fmt::format("{} was run {} times in one chain of invocations", request.target.function_name, kMaxRunsInChain));
  }
  // The permit is given back on every path out of this scope.
  const auto trigger = request.of_event ? ConcurrencyGate::Trigger::kEvent : ConcurrencyGate::Trigger::kSynchronous;
  const std::variant<Permit, Refusal> admission =
      gate_.TryAdmit(request.target.account, request.target.function_name, trigger, resolved.version->version());
  if (const auto* const refusal = std::get_if<Refusal>(&admission)) co_return OutcomeOf(*refusal);
  Invocation invocation = InvocationOf(std::move(request), *resolved.version);
  InvokeOutcome outcome = co_await Run(std::move(resolved.version), std::move(invocation));
  co_return outcome;
}

Async<InvokeOutcome> FunctionInvoker::Run(FunctionVersionPtr version, Invocation invocation) {
  constexpr int kAttempts = kMaxPlacementAttempts + kMaxFreedAttempts;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto choice = attempt < kMaxPlacementAttempts ? Placer::Choice::kAny : Placer::Choice::kFreed;
    PlaceOutcome place = co_await placer_.Place(version, choice);
    if (auto* const refusal = std::get_if<NotPlaced>(&place)) co_return OutcomeOf(std::move(*refusal));
    const Placement placement = std::get<Placement>(std::move(place));
    InFlight::Answer answer = co_await in_flight_.Send(placement, invocation, PatienceFor(*version));
    if (absl::IsAborted(answer.status())) {
      placer_.Forget(placement.environment_id);
      continue;
    }
    if (!answer.ok()) co_return NotAnswered(answer.status(), placement);
    if (answer->outcome() == node::InvocationResult::PLATFORM_FAILURE) {
      co_return PlatformFailure{fmt::format("worker {}: {}", placement.worker_id, answer->payload())};
    }
    if (answer->outcome() != node::InvocationResult::REJECTED) co_return OutcomeOf(*std::move(answer), *version);
  }
  co_return PlatformFailure{fmt::format("{} environments in a row were gone", kAttempts)};
}

Invocation FunctionInvoker::InvocationOf(InvokeRequest request, const records::FunctionVersion& version) {
  Invocation invocation;
  node::Invoke& message = invocation.message;
  message.set_invoked_function_arn(resolver_.ArnOf(request.target));
  message.set_request_id(std::move(request.request_id));
  message.set_timeout_ms(version.timeout_seconds() * 1000);
  message.set_client_context(std::move(request.client_context));
  const std::string trace_header = request.trace_header.empty() ? NewTraceHeader() : std::move(request.trace_header);
  message.set_trace_header(WithRun(trace_header, request.target.account, request.target.function_name));
  message.set_want_log_tail(request.want_log_tail);
  if (request.response != nullptr) {
    message.set_response_window_bytes(kResponseWindowBytes);
    request.response->OnVersion(version.version());
    invocation.response = std::move(request.response);
  }
  if (request.payload.size() > kInlinePayloadBytes) {
    message.set_bulk_bytes(request.payload.size());
    invocation.bulk_payload = std::make_shared<const std::string>(std::move(request.payload));
  } else {
    message.set_payload(std::move(request.payload));
  }
  return invocation;
}

// Source: X-Ray developer guide, "Tracing header".
std::string FunctionInvoker::NewTraceHeader() {
  return fmt::format("Root=1-{:08x}-{};Parent={};Sampled=0", UnixMillis(clock_.Wall()) / 1000, random_.Hex(12),
                     random_.Hex(8));
}

InvokeOutcome FunctionInvoker::NotAnswered(const absl::Status& status, const Placement& placement) {
  if (absl::IsResourceExhausted(status)) {  // nothing was sent
    placer_.InvocationEnded(placement.environment_id, true, std::chrono::microseconds(0));
    return Throttled{.reason = kAccountLimit};
  }
  if (absl::IsDeadlineExceeded(status)) placer_.Discard(placement.environment_id);
  return PlatformFailure{fmt::format("worker {}: {}", placement.worker_id, std::string(status.message()))};
}

}  // namespace hearth::controller
