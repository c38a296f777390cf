// StreamedReply writes a function's answer to its client as an event stream while the function writes it.
//
// Shapes:  PayloadChunk messages, then one InvokeComplete. The answer begins with the first word of the function, or
//          with Finish.
// Threads: ResponseSink as it says; Finish and Break on any thread, once, and last.
// Limits:  what waits for the client is bounded by the window its flow grants.
// Source:  api.md "InvokeWithResponseStream" and "Event-stream encoding".
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/io/http_server.h"
#include "common/mutex.h"
#include "controller/api/api_call.h"
#include "controller/invoke/invoker.h"

namespace hearth::controller {

// Sends the head of an answer; what is written to the stream follows it.
using StartReply = std::function<std::shared_ptr<HttpBodyStream>(ApiReply head, HttpBodyEvents events)>;

class StreamedReply final : public ResponseSink, public std::enable_shared_from_this<StreamedReply> {
 public:
  // `headers` beside those of the stream itself.
  StreamedReply(StartReply start, HttpHeaders headers) : start_(std::move(start)), headers_(std::move(headers)) {}

  void OnVersion(const std::string& version) override;
  void OnBegin(std::string content_type, std::shared_ptr<ResponseFlow> flow) override;
  void OnPiece(std::string piece) override;

  // Whether the client has been told 200 already.
  bool begun() const;
  void Finish(const Completed& completed);
  // The platform failed midway.
  void Break();

 private:
  void Start(std::shared_ptr<ResponseFlow> flow);
  void Write(std::string_view event_type, std::string_view content_type, std::string_view payload);
  void End(const std::string& error_code, const std::string& error_details, std::string_view log_tail);
  std::shared_ptr<HttpBodyStream> stream() const;

  const StartReply start_;
  HttpHeaders headers_;
  std::string version_;
  std::atomic<int64_t> untaken_bytes_{0};  // written, not in the socket yet

  mutable Mutex mutex_;
  std::shared_ptr<HttpBodyStream> stream_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
