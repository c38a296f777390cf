// StreamedResponse reads one chunked response of a runtime and passes it on at the pace its client takes it.
//
// Shapes:  pieces of at most kInlinePayloadBytes. With a window of 0 nothing is passed on: the body is kept whole, as a
//          caller who waits for all of it wants it.
// Errors:  a body that breaks off, or grows past its limit, ends with what End says.
// Threads: the server's one I/O thread.
// Limits:  kMaxStreamedResponseBytes passed on, kMaxInvokeResponseBytes kept. The first kStreamBurstBytes go as fast as
//          the client takes them, the rest at kStreamBytesPerSecond. While the client takes nothing, nothing is read
//          but what the server had in hand.
// Source:  runtime.md §1 "Streaming response".
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/io/http_server.h"

namespace hearth::worker {

class StreamedResponse final : public HttpBodySink, public std::enable_shared_from_this<StreamedResponse> {
 public:
  struct End {
    bool truncated = false;
    bool too_large = false;
    bool streamed = false;  // what came was passed on; else it is in body
    std::string body;
    std::string content_type;
    HttpHeaders trailers;
  };
  class Events {
   public:
    virtual ~Events() = default;
    virtual void OnStreamBegin(std::string content_type) = 0;
    virtual void OnStreamPiece(std::string piece) = 0;
    virtual void OnStreamEnd(End end) = 0;  // the last; the receipt is the listener's to Answer
  };
  using After = std::function<void(std::chrono::milliseconds delay, std::function<void()> task)>;

  StreamedResponse(Events& events, std::unique_ptr<HttpResponder> responder, std::string content_type,
                   int64_t window_bytes, Clock& clock, After after);

  void Begin();
  void Credit(int64_t bytes);
  void Discard();
  // Nobody listens any more; the connection closes.
  void Detach();
  void Answer(HttpResponse receipt);

  void OnBody(std::string_view piece) override;
  void OnBodyEnd(const HttpHeaders& trailers) override;
  void OnBodyLost() override;

 private:
  bool passes_on() const { return window_bytes_ > 0; }
  void Keep(std::string_view piece);
  void Flow();
  int64_t Allowance();
  void WaitForAllowance();
  void Finish(bool too_large);

  Events* events_;
  std::unique_ptr<HttpResponder> responder_;
  const std::string content_type_;
  const int64_t window_bytes_;
  Clock& clock_;
  const After after_;

  int64_t credit_bytes_;
  int64_t burst_left_bytes_;
  MonotonicTime refilled_at_;
  bool waiting_ = false;  // for more allowance
  bool discarding_ = false;
  bool ended_ = false;
  bool lost_ = false;
  uint64_t total_bytes_ = 0;
  std::string held_;  // not passed on yet; or all of it
  HttpHeaders trailers_;
};

}  // namespace hearth::worker
