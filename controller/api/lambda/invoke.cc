#include "controller/api/lambda/invoke.h"

#include <fmt/format.h>

#include "absl/strings/ascii.h"
#include "common/crypto.h"
#include "common/errors.h"
#include "common/io/json.h"
#include "common/limits.h"
#include "common/log.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/configuration/function_key.h"
#include "controller/api/lambda/payload.h"
#include "controller/auth/execution_roles.h"

namespace hearth::controller {
namespace {

struct InvokeHeaders {
  std::string type = "RequestResponse";
  std::string log_type = "None";
  std::string client_context;  // base64
};

absl::Status Invalid(std::string_view message) { return AwsError("InvalidParameterValueException", message); }

absl::StatusOr<InvokeHeaders> ReadHeaders(const HttpHeaders& headers, bool takes_events) {
  InvokeHeaders read;
  Validation validation;
  if (const auto type = headers.Find("X-Amz-Invocation-Type")) {
    if (takes_events) {
      validation.Enum("invocationType", *type, {"Event", "RequestResponse", "DryRun"});
    } else {
      validation.Enum("invocationType", *type, {"RequestResponse", "DryRun"});
    }
    read.type = *type;
  }
  if (const auto type = headers.Find("X-Amz-Log-Type")) {
    validation.Enum("logType", *type, {"None", "Tail"});
    read.log_type = *type;
  }
  RETURN_IF_ERROR(validation.Result());
  read.client_context = headers.Find("X-Amz-Client-Context").value_or("");
  if (headers.Find("X-Amz-Durable-Execution-Name")) {
    return Invalid("DurableExecutionName is not supported by Hearth: functions cannot be durable.");
  }
  if (headers.Find("X-Amz-Tenant-Id")) {
    return Invalid("TenantId is not supported by Hearth: environments are not kept apart by tenant.");
  }
  return read;
}

bool IsJsonObject(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' && CheckJson(text).ok();
}

absl::StatusOr<std::string> DecodeClientContext(const std::string& base64) {
  if (base64.empty()) return std::string();
  if (base64.size() > kMaxClientContextBytes) {
    return AwsError(
        "InvalidRequestContentException",
        fmt::format("Client context must be no more than {} bytes when base64-encoded.", kMaxClientContextBytes));
  }
  std::optional<std::string> decoded = Base64Decode(base64);
  if (!decoded || !IsJsonObject(*decoded)) {
    return AwsError("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.");
  }
  return *std::move(decoded);
}

// "Root=1-…;Parent=…;Sampled=1" becomes "root=1-…;sampled=1", the form of the response header.
std::string TraceResponse(std::string_view header) {
  std::string root;
  std::string sampled = "0";
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    const std::string_view item = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    const size_t equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string name = absl::AsciiStrToLower(std::string(item.substr(0, equals)));
    if (name == "root") root = item.substr(equals + 1);
    if (name == "sampled") sampled = item.substr(equals + 1);
  }
  return fmt::format("root={};sampled={}", root, sampled);
}

ApiReply RenderCompleted(Completed&& completed, const std::string& trace_header) {
  ApiReply reply;
  reply.body = std::move(completed.payload);
  reply.headers.Add("X-Amz-Executed-Version", std::move(completed.executed_version));
  if (completed.function_error) reply.headers.Add("X-Amz-Function-Error", "Unhandled");
  if (!completed.log_tail.empty()) reply.headers.Add("X-Amz-Log-Result", Base64Encode(completed.log_tail));
  reply.headers.Add("x-amzn-Remapped-Content-Length", "0");
  reply.headers.Add("X-Amzn-Trace-Id", TraceResponse(trace_header));
  return reply;
}

// What is wrong with an invocation that has no outcome.
absl::Status InvokeError(const absl::Status& status, const std::string& arn) {
  if (absl::IsNotFound(status)) return FunctionNotFound(arn);
  if (!absl::IsAborted(status)) return status;
  return AwsError("RecursiveInvocationException",
                  fmt::format("The invocation is stopped: {} and set itself off.", std::string(status.message())));
}

// What came of an invocation, as the client is told.
struct OutcomeRenderer {
  const std::string& request_id;
  const std::string& trace_header;

  absl::StatusOr<ApiReply> operator()(Completed&& completed) const {
    return RenderCompleted(std::move(completed), trace_header);
  }
  absl::StatusOr<ApiReply> operator()(Throttled&& throttled) const {
    return TooManyRequestsError(throttled.reason, throttled.retry_after.count());
  }
  absl::StatusOr<ApiReply> operator()(NotInvocable&& function) const {
    return AwsError(
        "ResourceConflictException",
        fmt::format(
            "The operation cannot be performed at this time. The function is currently in the following state: {}",
            function.state));
  }
  absl::StatusOr<ApiReply> operator()(KeyUnusable&& key) const { return FunctionKeyError(key.problem); }
  absl::StatusOr<ApiReply> operator()(RoleUnusable&&) const {
    return AwsError("AccessDeniedException", ExecutionRoles::kCannotAssume);
  }
  absl::StatusOr<ApiReply> operator()(PlatformFailure&& failure) const {
    LogError("an invocation could not be carried out", {{"request_id", request_id}, {"error", failure.detail}});
    return AwsError("ServiceException", "The function could not be run; the service's log says why.");
  }
};

}  // namespace

Async<absl::StatusOr<ApiReply>> InvokeApi::Invoke(ApiCall call) {
  CO_ASSIGN_OR_RETURN(Prepared prepared, Prepare(call, Form::kWhole));
  if (prepared.dry_run) co_return ApiReply{204, {}, ""};
  if (prepared.event) {
    absl::StatusOr<ApiReply> accepted = co_await Accept(std::move(prepared.request));
    co_return accepted;
  }
  const std::string trace_header = prepared.request.trace_header;
  absl::StatusOr<InvokeOutcome> outcome = co_await invoker_.Invoke(std::move(prepared.request));
  if (!outcome.ok()) co_return InvokeError(outcome.status(), prepared.arn);
  co_return std::visit(OutcomeRenderer{call.request_id, trace_header}, *std::move(outcome));
}

Async<absl::StatusOr<ApiReply>> InvokeApi::InvokeAsync(ApiCall call) {
  CO_ASSIGN_OR_RETURN(Prepared prepared, Prepare(call, Form::kEvent));
  absl::StatusOr<ApiReply> accepted = co_await Accept(std::move(prepared.request));
  if (accepted.ok()) accepted->body = R"({"Status":202})";
  co_return accepted;
}

// Once the answer has begun, what happens to the function is told at its end: the client has read 200.
Async<absl::StatusOr<std::optional<ApiReply>>> InvokeApi::InvokeWithResponseStream(ApiCall call, StartReply start) {
  using Reply = std::optional<ApiReply>;
  CO_ASSIGN_OR_RETURN(Prepared prepared, Prepare(call, Form::kStreamed));
  if (prepared.dry_run) co_return Reply(ApiReply{204, {}, ""});
  HttpHeaders headers;
  headers.Add("X-Amzn-Trace-Id", TraceResponse(prepared.request.trace_header));
  const auto reply = std::make_shared<StreamedReply>(std::move(start), std::move(headers));
  prepared.request.response = reply;
  absl::StatusOr<InvokeOutcome> outcome = co_await invoker_.Invoke(std::move(prepared.request));
  if (!outcome.ok()) co_return InvokeError(outcome.status(), prepared.arn);
  if (const auto* const completed = std::get_if<Completed>(&*outcome)) {
    reply->Finish(*completed);
    co_return Reply();
  }
  absl::StatusOr<ApiReply> refusal = std::visit(OutcomeRenderer{call.request_id, ""}, *std::move(outcome));
  if (!reply->begun()) co_return refusal.status();
  reply->Break();
  co_return Reply();
}

Async<absl::StatusOr<ApiReply>> InvokeApi::Accept(InvokeRequest request) {
  records::QueuedEvent event;
  event.set_request_id(std::move(request.request_id));
  event.set_account(request.target.account);
  event.set_function_name(request.target.function_name);
  event.set_qualifier(request.target.qualifier);
  event.set_payload(std::move(request.payload));
  event.set_trace_header(request.trace_header);
  const absl::Status accepted = co_await accept_(std::move(event));
  if (absl::IsResourceExhausted(accepted)) co_return TooManyRequestsError("ConcurrentInvocationLimitExceeded", 1);
  if (!accepted.ok()) co_return accepted;
  ApiReply reply{202, {}, ""};
  reply.headers.Add("X-Amzn-Trace-Id", TraceResponse(request.trace_header));
  co_return reply;
}

absl::StatusOr<InvokeApi::Prepared> InvokeApi::Prepare(ApiCall& call, Form form) {
  const FunctionScope scope{region_, call.caller.account, /*other_accounts=*/true};
  ASSIGN_OR_RETURN(const FunctionTarget target,
                   ReadFunctionTarget(call.Label("FunctionName"), call.Query("Qualifier"), scope));
  InvokeHeaders headers;
  headers.type = "Event";
  if (form != Form::kEvent) {
    ASSIGN_OR_RETURN(headers, ReadHeaders(call.headers, /*takes_events=*/form == Form::kWhole));
  }
  Prepared prepared;
  // A missing function is named with the version that was looked for. Source: errors.tsv.
  prepared.arn = target.qualifier.empty() ? target.Arn(scope) + ":$LATEST" : target.Arn(scope);
  if (catalog_.FindServing(target.account, target.name, target.qualifier) == nullptr) {
    return FunctionNotFound(prepared.arn);
  }
  prepared.dry_run = headers.type == "DryRun";
  prepared.event = headers.type == "Event";
  if (form == Form::kEvent && call.body.size() > kMaxInvokeAsyncBytes) {
    return AwsError("InvalidRequestContentException",
                    fmt::format("{} byte payload is too large for InvokeAsync (limit {} bytes)", call.body.size(),
                                kMaxInvokeAsyncBytes));
  }
  if (prepared.event && call.body.size() > kMaxEventBytes) {
    return AwsError("RequestTooLargeException",
                    fmt::format("{} byte payload is too large for the Event invocation type (limit {} bytes)",
                                call.body.size(), kMaxEventBytes));
  }
  InvokeRequest& request = prepared.request;
  ASSIGN_OR_RETURN(request.client_context, DecodeClientContext(headers.client_context));
  RETURN_IF_ERROR(CheckPayload(call.body));
  request.target = {target.account, target.name, target.qualifier};
  request.request_id = call.request_id;
  request.payload = std::move(call.body);
  request.trace_header = call.headers.Find("X-Amzn-Trace-Id").value_or("");
  if (request.trace_header.empty()) request.trace_header = NewTraceHeader();
  request.want_log_tail = headers.log_type == "Tail";
  return prepared;
}

std::string InvokeApi::NewTraceHeader() {
  return fmt::format("Root=1-{:08x}-{};Parent={};Sampled=0", UnixMillis(clock_.Wall()) / 1000, random_.Hex(12),
                     random_.Hex(8));
}

}  // namespace hearth::controller
