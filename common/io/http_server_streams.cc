// The part of HttpServerConnection that passes bodies on piece by piece, in both directions.
#include <fmt/format.h>

#include <utility>

#include "common/io/http_server_connection.h"

namespace hearth {
namespace {

constexpr size_t kForgetWrittenBytes = 256 * 1024;
constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace

void HttpServerConnection::ReadBody(uint64_t request_number, std::shared_ptr<HttpBodySink> sink) {
  if (request_number != request_number_ || state_ != State::kBody || !body_passed_on_) return sink->OnBodyLost();
  body_sink_ = std::move(sink);
  PauseBody(request_number, false);
}

void HttpServerConnection::PauseBody(uint64_t request_number, bool paused) {
  if (request_number != request_number_ || state_ != State::kBody || !body_passed_on_) return;
  if (std::exchange(body_paused_, paused) == paused || paused || parsing_) return;
  // Not from here: the caller may be the sink, in the middle of its own story.
  boost::asio::post(thread_.context(), [self = shared_from_this(), request_number] {
    if (self->request_number_ == request_number && self->state_ == State::kBody && !self->body_paused_) {
      self->ParsePending();
    }
  });
}

void HttpServerConnection::PassBodyOn() {
  const std::string piece = parser_.TakeBodyPiece();
  if (!piece.empty() && body_sink_ != nullptr) body_sink_->OnBody(piece);
}

void HttpServerConnection::EndPassedBody() {
  if (state_ != State::kBody) return;  // the sink was content with less
  Enter(State::kHandling);
  if (const auto sink = std::exchange(body_sink_, nullptr)) sink->OnBodyEnd(parser_.request().trailers);
}

void HttpServerConnection::LoseBody() {
  if (const auto sink = std::exchange(body_sink_, nullptr)) sink->OnBodyLost();
}

void HttpServerConnection::StartStream(uint64_t request_number, HttpResponse head, HttpBodyEvents events) {
  if (state_ != State::kHandling || request_number != request_number_) return events.on_gone();
  streaming_ = true;
  stream_ended_ = false;
  stream_chunked_ = !parser_.is_http_1_0();
  stream_events_ = std::move(events);
  if (!stream_chunked_) close_after_ = true;
  Respond(std::move(head));
}

void HttpServerConnection::WriteStream(uint64_t request_number, std::string_view piece) {
  if (request_number != request_number_ || !streaming_ || stream_ended_ || piece.empty()) return;
  ForgetWritten();
  if (stream_chunked_) out_body_ += fmt::format("{:x}\r\n", piece.size());
  out_body_ += piece;
  if (stream_chunked_) out_body_ += "\r\n";
  if (state_ == State::kStreaming) Write();
}

void HttpServerConnection::EndStream(uint64_t request_number) {
  if (request_number != request_number_ || !streaming_ || stream_ended_) return;
  stream_ended_ = true;
  if (stream_chunked_) out_body_ += kLastChunk;
  if (state_ == State::kStreaming) Write();
}

// Everything written so far is with the kernel.
void HttpServerConnection::OnStreamWritten() {
  out_head_.clear();
  out_body_.clear();
  written_bytes_ = 0;
  Enter(State::kStreaming);
  WaitReadable();                                  // the peer's end is noticed
  const auto drained = stream_events_.on_drained;  // its own: what it does may end the stream
  drained();
}

void HttpServerConnection::ForgetWritten() {
  if (written_bytes_ < out_head_.size() + kForgetWrittenBytes) return;
  out_body_.erase(0, written_bytes_ - out_head_.size());
  window_bytes_ -= static_cast<int64_t>(written_bytes_);
  out_head_.clear();
  written_bytes_ = 0;
}

}  // namespace hearth
