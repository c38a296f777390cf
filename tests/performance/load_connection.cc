#include "tests/performance/load_connection.h"

#include <boost/asio/write.hpp>
#include <cstring>
#include <utility>

namespace hearth::load {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

}  // namespace

void LoadConnection::Send(std::shared_ptr<const std::string> text, Done done) {
  text_ = std::move(text);
  done_ = std::move(done);
  sent_at_ = std::chrono::steady_clock::now();
  ++attempt_;
  input_bytes_ = 0;
  parser_.emplace();
  parser_->eager(true);
  parser_->body_limit(boost::none);
  if (socket_.is_open()) return Write();
  socket_.async_connect(endpoint_, [this, attempt = attempt_](const Error& error) {
    if (attempt != attempt_) return;
    if (error) return Finish({}, /*keep=*/false);
    Error ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    Write();
  });
}

void LoadConnection::Write() {
  asio::async_write(socket_, asio::buffer(*text_), [this, attempt = attempt_](const Error& error, size_t) {
    if (attempt != attempt_ || done_ == nullptr) return;
    // A server that refuses a body answers before it is sent: read what it says.
    if (error && error != asio::error::broken_pipe && error != asio::error::connection_reset) Finish({}, false);
  });
  Read();
}

void LoadConnection::Read() {
  if (input_bytes_ == input_.size()) input_.resize(input_.size() * 2);
  socket_.async_read_some(asio::buffer(input_.data() + input_bytes_, input_.size() - input_bytes_),
                          [this, attempt = attempt_](const Error& error, size_t bytes) {
                            if (attempt == attempt_ && done_ != nullptr) OnRead(error, bytes);
                          });
}

void LoadConnection::OnRead(const Error& error, size_t bytes) {
  Error parse_error;
  if (error) {
    if (error == asio::error::eof && parser_->got_some()) parser_->put_eof(parse_error);
    if (!parser_->is_done()) return Finish({}, /*keep=*/false);
  } else {
    input_bytes_ += bytes;
    const size_t used = parser_->put(asio::const_buffer(input_.data(), input_bytes_), parse_error);
    input_bytes_ -= used;
    std::memmove(input_.data(), input_.data() + used, input_bytes_);
    if (parse_error && parse_error != http::error::need_more) return Finish({}, /*keep=*/false);
  }
  if (!parser_->is_done()) return Read();
  const auto& response = parser_->get();
  const Outcome outcome{.status = static_cast<int>(response.result_int()),
                        .function_error = response.find("X-Amz-Function-Error") != response.end(),
                        .timed_out = false};
  Finish(outcome, !error && parser_->keep_alive());
}

void LoadConnection::GiveUp() { Finish({.status = 0, .function_error = false, .timed_out = true}, /*keep=*/false); }

void LoadConnection::Finish(Outcome outcome, bool keep) {
  if (!keep) {
    Error ignored;
    socket_.close(ignored);
  }
  ++attempt_;
  // Taken out first: it may send the next request at once.
  std::exchange(done_, nullptr)(outcome);
}

}  // namespace hearth::load
