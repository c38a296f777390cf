#include "worker/runtime_api/invocation_slot.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "common/crypto.h"
#include "common/io/json.h"
#include "common/limits.h"

namespace hearth::worker {
namespace {

constexpr std::string_view kErrorTypeHeader = "Lambda-Runtime-Function-Error-Type";
constexpr std::string_view kErrorBodyTrailer = "Lambda-Runtime-Function-Error-Body";
constexpr std::string_view kResponseModeHeader = "Lambda-Runtime-Function-Response-Mode";

HttpResponse JsonResponse(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

HttpResponse Accepted() { return JsonResponse(202, "{\"status\":\"OK\"}\n"); }

HttpResponse TooLarge(size_t limit_bytes = kMaxInvokeResponseBytes) {
  return RuntimeApiError(413, "RequestEntityTooLarge",
                         fmt::format("Exceeded maximum allowed payload size ({} bytes).", limit_bytes));
}

// What a caller sent must not be able to end a header line. Line breaks in JSON stand only between tokens.
std::string HeaderValue(std::string_view text) {
  std::string value(text);
  std::replace_if(
      value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return value;
}

// "(Runtime|Function)\.[A-Z][a-zA-Z]+", else `fallback`. Source: runtime.md §1 "Posting results".
std::string CheckedErrorType(std::optional<std::string_view> header, std::string_view fallback) {
  if (!header || header->size() > 128) return std::string(fallback);
  const bool known = header->starts_with("Runtime.") || header->starts_with("Function.");
  const std::string_view name = header->substr(header->find('.') + 1);
  const bool fits = known && name.size() >= 2 && absl::ascii_isupper(static_cast<unsigned char>(name.front())) &&
                    std::all_of(name.begin(), name.end(), [](unsigned char c) { return absl::ascii_isalpha(c); });
  return std::string(fits ? *header : fallback);
}

std::string CheckedContentType(const HttpHeaders& headers) {
  const std::string_view value = headers.Find("Content-Type").value_or("");
  const bool printable = std::all_of(value.begin(), value.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
  return printable && value.size() <= 256 ? std::string(value) : std::string();
}

// The runtime's own word for the error, as far as it can be shown.
std::string ErrorCode(std::optional<std::string_view> header, const std::string& error_type) {
  const std::string_view value = header.value_or("");
  const bool printable = std::all_of(value.begin(), value.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
  return value.empty() || !printable || value.size() > 128 ? error_type : std::string(value);
}

// A stream that failed midway says so in its trailers; the error then replaces what was sent before.
void ApplyErrorTrailers(const HttpHeaders& trailers, RuntimeAnswer& answer) {
  const std::string_view type = trailers.Find(kErrorTypeHeader).value_or("");
  const std::string_view body = trailers.Find(kErrorBodyTrailer).value_or("");
  if (type.empty() && body.empty()) return;
  answer.is_error = true;
  answer.error_type = CheckedErrorType(type, "Function.Unknown");
  answer.error_code = ErrorCode(type, answer.error_type);
  answer.content_type = "application/json";
  if (std::optional<std::string> decoded = Base64Decode(body); decoded && !body.empty()) {
    answer.body = *std::move(decoded);
  } else {
    answer.body = Json(Json::Object{{"errorType", answer.error_type}, {"errorMessage", ""}}).Dump();
  }
}

}  // namespace

HttpResponse RuntimeApiError(int status, std::string_view type, std::string_view message) {
  return JsonResponse(status,
                      fmt::format("{}\n", Json(Json::Object{{"errorMessage", message}, {"errorType", type}}).Dump()));
}

std::string_view InvocationSlot::StateName(State state) {
  switch (state) {
    case State::kStarted:
      return "Started";
    case State::kReady:
      return "Ready";
    case State::kRunning:
      return "Running";
    case State::kResponding:
      return "InvocationResponse";
    case State::kResponseSent:
      return "ResponseSent";
    case State::kInitError:
      return "InitError";
  }
  return "";
}

InvocationSlot::~InvocationSlot() { DropStream(); }

void InvocationSlot::DropStream() {
  if (const std::shared_ptr<StreamedResponse> streaming = std::exchange(streaming_, nullptr)) streaming->Detach();
}

void InvocationSlot::Credit(int64_t bytes) {
  if (const std::shared_ptr<StreamedResponse> streaming = streaming_) streaming->Credit(bytes);
}

void InvocationSlot::DiscardResponse() {
  event_.response_window_bytes = 0;
  if (const std::shared_ptr<StreamedResponse> streaming = streaming_) streaming->Discard();
}

void InvocationSlot::Reset() {
  DropStream();
  state_ = State::kStarted;
  pending_ = false;
  parked_.reset();
  event_ = {};
}

void InvocationSlot::Deliver(InvocationEvent event) {
  ++deliveries_;
  event_ = std::move(event);
  pending_ = !parked_ || parked_->PeerGone();
  if (pending_) {
    parked_.reset();
    return;
  }
  state_ = State::kRunning;
  std::exchange(parked_, nullptr)->Send(RenderEvent());
}

HttpResponse InvocationSlot::RenderEvent() const {
  HttpResponse response;
  response.headers.fields.reserve(6);
  response.headers.Add("Content-Type", "application/json");
  response.headers.Add("Lambda-Runtime-Aws-Request-Id", event_.request_id);
  response.headers.Add("Lambda-Runtime-Deadline-Ms", fmt::format("{}", event_.deadline_unix_ms));
  response.headers.Add("Lambda-Runtime-Invoked-Function-Arn", HeaderValue(event_.function_arn));
  if (!event_.trace_header.empty()) response.headers.Add("Lambda-Runtime-Trace-Id", HeaderValue(event_.trace_header));
  if (!event_.client_context.empty()) {
    response.headers.Add("Lambda-Runtime-Client-Context", HeaderValue(event_.client_context));
  }
  response.body = event_.payload;
  return response;
}

void InvocationSlot::Next(std::unique_ptr<HttpResponder> responder) {
  switch (state_) {
    case State::kInitError:
    case State::kResponding:
      return responder->Send(Transition("Ready"));
    case State::kRunning:
      return responder->Send(RenderEvent());
    case State::kReady:
      if (pending_) {
        pending_ = false;
        state_ = State::kRunning;
        return responder->Send(RenderEvent());
      }
      parked_ = std::move(responder);  // a second asker replaces the first, whose connection closes
      return;
    case State::kStarted:
    case State::kResponseSent:
      state_ = State::kReady;
      parked_ = std::move(responder);
      return events_.OnRuntimeReady();
  }
}

HttpResponse InvocationSlot::Transition(std::string_view target_state) const {
  return RuntimeApiError(
      403, "InvalidStateTransition",
      fmt::format("State transition from {} to {} failed for runtime. Error: State transition is not allowed",
                  StateName(state_), target_state));
}

std::optional<HttpResponse> InvocationSlot::Refuse(std::string_view request_id, std::string_view target_state) const {
  if (state_ == State::kInitError) return Transition(target_state);
  if (event_.request_id.empty() || request_id != event_.request_id) {
    return RuntimeApiError(400, "InvalidRequestID", "Invalid request ID");
  }
  if (state_ != State::kRunning) return Transition(target_state);
  return std::nullopt;
}

void InvocationSlot::Response(std::string_view request_id, HttpRequest request,
                              std::unique_ptr<HttpResponder> responder) {
  if (auto refusal = Refuse(request_id, "InvocationResponse")) return responder->Send(std::move(*refusal));
  if (request.headers.Find(kResponseModeHeader) && !IsStreamed(request)) {
    return responder->Send(RuntimeApiError(400, "InvalidFunctionResponseMode", "Invalid function response mode"));
  }
  RuntimeAnswer answer;
  answer.too_large = request.body_oversized || request.body.size() > kMaxInvokeResponseBytes;
  answer.content_type = CheckedContentType(request.headers);
  answer.body = answer.too_large ? std::string() : std::move(request.body);
  ApplyErrorTrailers(request.trailers, answer);
  Finish(std::move(answer), std::move(responder));
}

bool InvocationSlot::IsStreamed(const HttpRequest& head) {
  return absl::EqualsIgnoreCase(std::string(head.headers.Find(kResponseModeHeader).value_or("")), "streaming");
}

void InvocationSlot::StreamResponse(std::string_view request_id, const HttpRequest& head,
                                    std::unique_ptr<HttpResponder> responder, StreamPace pace) {
  if (auto refusal = Refuse(request_id, "InvocationResponse")) return responder->Send(std::move(*refusal));
  state_ = State::kResponding;
  event_.payload.clear();
  streaming_ = std::make_shared<StreamedResponse>(static_cast<StreamedResponse::Events&>(*this), std::move(responder),
                                                  CheckedContentType(head.headers), event_.response_window_bytes,
                                                  pace.clock, std::move(pace.after));
  const std::shared_ptr<StreamedResponse> streaming = streaming_;
  streaming->Begin();
}

void InvocationSlot::OnStreamEnd(StreamedResponse::End end) {
  const std::shared_ptr<StreamedResponse> ended = std::exchange(streaming_, nullptr);
  state_ = State::kResponseSent;
  RuntimeAnswer answer;
  answer.streamed = end.streamed;
  answer.too_large = end.too_large;
  answer.content_type = std::move(end.content_type);
  answer.body = std::move(end.body);
  if (end.truncated) {
    answer.is_error = true;
    answer.error_type = answer.error_code = kTruncatedResponseType;
    answer.content_type = "application/json";
    answer.body = Json(Json::Object{{"errorType", answer.error_type},
                                    {"errorMessage", "The response stream of the runtime was cut off."}})
                      .Dump();
  } else {
    ApplyErrorTrailers(end.trailers, answer);
  }
  events_.OnRuntimeAnswer(std::move(answer));
  ended->Answer(end.too_large ? TooLarge(end.streamed ? kMaxStreamedResponseBytes : kMaxInvokeResponseBytes)
                              : Accepted());
}

void InvocationSlot::Error(std::string_view request_id, HttpRequest request, std::unique_ptr<HttpResponder> responder) {
  if (auto refusal = Refuse(request_id, "InvocationErrorResponse")) return responder->Send(std::move(*refusal));
  RuntimeAnswer answer;
  answer.is_error = true;
  answer.error_type = CheckedErrorType(request.headers.Find(kErrorTypeHeader), "Function.Unknown");
  answer.error_code = ErrorCode(request.headers.Find(kErrorTypeHeader), answer.error_type);
  answer.too_large = request.body_oversized || request.body.size() > kMaxInvokeResponseBytes;
  answer.content_type = CheckedContentType(request.headers);
  answer.body = answer.too_large ? std::string() : std::move(request.body);
  Finish(std::move(answer), std::move(responder));
}

// The caller's answer goes out before the runtime's receipt: somebody waits for it.
void InvocationSlot::Finish(RuntimeAnswer answer, std::unique_ptr<HttpResponder> responder) {
  state_ = State::kResponseSent;
  const bool too_large = answer.too_large;
  event_.payload.clear();
  events_.OnRuntimeAnswer(std::move(answer));
  responder->Send(too_large ? TooLarge() : Accepted());
}

void InvocationSlot::InitError(HttpRequest request, std::unique_ptr<HttpResponder> responder) {
  if (state_ != State::kStarted) return responder->Send(Transition("InitError"));
  state_ = State::kInitError;
  RuntimeAnswer answer;
  answer.is_error = true;
  answer.error_type = CheckedErrorType(request.headers.Find(kErrorTypeHeader), "Runtime.Unknown");
  answer.too_large = request.body_oversized || request.body.size() > kMaxInvokeResponseBytes;
  answer.body = answer.too_large ? std::string() : std::move(request.body);
  responder->Send(answer.too_large ? TooLarge() : Accepted());
  events_.OnInitError(std::move(answer));
}

}  // namespace hearth::worker
