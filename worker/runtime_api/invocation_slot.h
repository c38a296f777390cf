// InvocationSlot is the Runtime API of one environment: it parks GET /next, hands over the event and takes the answer.
//
// Shapes:  an event is delivered once the runtime asked; the same event is repeated while it runs. One answer per
// event. Errors:  to the runtime, exactly AWS's: 403 InvalidStateTransition, 400 InvalidRequestID, 400
//          InvalidFunctionResponseMode, 413 RequestEntityTooLarge. Nothing the runtime sends is trusted.
// Threads: one I/O thread; RuntimeEvents are called on it, from inside the request they are about.
// Source:  runtime.md §1.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/io/http_server.h"
#include "worker/runtime_api/streamed_response.h"

namespace hearth::worker {

class ExtensionRegistry;

struct InvocationEvent {
  std::string request_id;
  std::string payload;
  int64_t deadline_unix_ms = 0;
  std::string function_arn;
  std::string trace_header;    // not sent when empty
  std::string client_context;  // decoded JSON; not sent when empty
  // Not 0: an answer the runtime streams is passed on as it comes, so many bytes at first, more by Credit.
  int64_t response_window_bytes = 0;
};

// What the runtime posted: a response, an error, or an error of its initialisation.
struct RuntimeAnswer {
  bool is_error = false;
  bool too_large = false;  // over kMaxInvokeResponseBytes or, streamed, kMaxStreamedResponseBytes: body is empty
  bool streamed = false;   // what came before was passed on: body is the error that ended it, if any
  std::string body;
  std::string content_type;  // printable ASCII, else empty
  std::string error_type;    // with is_error: "Runtime.X" or "Function.X", never the function's free text
  std::string error_code;    // with is_error: what the runtime called it, printable; else error_type
};

class RuntimeEvents {
 public:
  virtual ~RuntimeEvents() = default;
  virtual void OnRuntimeReady() = 0;  // GET /next arrived: initialised, or done with the last event
  virtual void OnRuntimeAnswer(RuntimeAnswer answer) = 0;
  virtual void OnInitError(RuntimeAnswer answer) = 0;
  // An answer that is passed on as it comes; OnRuntimeAnswer follows.
  virtual void OnResponseBegin(std::string content_type) = 0;
  virtual void OnResponsePiece(std::string piece) = 0;
};

// What a streamed answer needs beside its request.
struct StreamPace {
  Clock& clock;
  std::function<void(std::chrono::milliseconds delay, std::function<void()> task)> after;
};

class InvocationSlot : private StreamedResponse::Events {
 public:
  explicit InvocationSlot(RuntimeEvents& events) : events_(events) {}
  ~InvocationSlot() override;

  // A new runtime process begins; whatever was parked is closed.
  void Reset();
  // Gives the event to the parked GET /next; precondition: OnRuntimeReady was called and nothing is running. If that
  // connection is gone by now, the next GET takes it.
  void Deliver(InvocationEvent event);

  // The client took so many bytes of the answer being passed on; or nobody wants the rest.
  void Credit(int64_t bytes);
  void DiscardResponse();
  // The runtime has ended: what it still streamed is forgotten.
  void DropStream();

  // The Extensions API of the same environment, for the requests that come while its Runtime API is open.
  void Attach(ExtensionRegistry& extensions) { extensions_ = &extensions; }
  ExtensionRegistry* extensions() const { return extensions_; }

  // How many events runtimes have been given.
  uint64_t deliveries() const { return deliveries_; }

  // The requests, each with its responder.
  void Next(std::unique_ptr<HttpResponder> responder);
  void Response(std::string_view request_id, HttpRequest request, std::unique_ptr<HttpResponder> responder);
  // A response whose body is still to come.
  void StreamResponse(std::string_view request_id, const HttpRequest& head, std::unique_ptr<HttpResponder> responder,
                      StreamPace pace);
  static bool IsStreamed(const HttpRequest& head);  // says that it is
  void Error(std::string_view request_id, HttpRequest request, std::unique_ptr<HttpResponder> responder);
  void InitError(HttpRequest request, std::unique_ptr<HttpResponder> responder);

 private:
  enum class State { kStarted, kReady, kRunning, kResponding, kResponseSent, kInitError };
  static std::string_view StateName(State state);

  // StreamedResponse::Events
  void OnStreamBegin(std::string content_type) override { events_.OnResponseBegin(std::move(content_type)); }
  void OnStreamPiece(std::string piece) override { events_.OnResponsePiece(std::move(piece)); }
  void OnStreamEnd(StreamedResponse::End end) override;

  // The refusal of a posted answer; nullopt when it is taken.
  std::optional<HttpResponse> Refuse(std::string_view request_id, std::string_view target_state) const;
  HttpResponse Transition(std::string_view target_state) const;
  HttpResponse RenderEvent() const;
  void Finish(RuntimeAnswer answer, std::unique_ptr<HttpResponder> responder);

  RuntimeEvents& events_;
  ExtensionRegistry* extensions_ = nullptr;
  State state_ = State::kStarted;
  std::unique_ptr<HttpResponder> parked_;
  uint64_t deliveries_ = 0;
  bool pending_ = false;  // event_ waits for a GET /next
  InvocationEvent event_;
  std::shared_ptr<StreamedResponse> streaming_;
};

inline constexpr std::string_view kTruncatedResponseType = "Runtime.TruncatedResponse";

// The Runtime API's error shape.
HttpResponse RuntimeApiError(int status, std::string_view type, std::string_view message);

}  // namespace hearth::worker
