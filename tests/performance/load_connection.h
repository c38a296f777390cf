// LoadConnection sends one request after the other on a connection it opens when it needs it.
//
// Errors:  a connection that breaks, or an answer that does not come in time, is an Outcome without a status.
// Threads: one io_context, one thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/performance/load_report.h"

namespace hearth::load {

class LoadConnection {
 public:
  using Done = std::function<void(const Outcome& outcome)>;

  LoadConnection(boost::asio::io_context& context, boost::asio::ip::tcp::endpoint endpoint)
      : socket_(context), endpoint_(std::move(endpoint)) {}

  // Preconditions: no request is under way. `text` is the whole request.
  void Send(std::shared_ptr<const std::string> text, Done done);
  bool busy() const { return done_ != nullptr; }
  std::chrono::steady_clock::time_point sent_at() const { return sent_at_; }
  void GiveUp();  // the request timed out

 private:
  using Error = boost::system::error_code;
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  void Write();
  void Read();
  void OnRead(const Error& error, size_t bytes);
  void Finish(Outcome outcome, bool keep);

  boost::asio::ip::tcp::socket socket_;
  const boost::asio::ip::tcp::endpoint endpoint_;
  std::shared_ptr<const std::string> text_;
  Done done_;
  std::chrono::steady_clock::time_point sent_at_;
  uint64_t attempt_ = 0;  // tells the handlers of a request given up from those of the next
  std::string input_ = std::string(64 * 1024, '\0');
  size_t input_bytes_ = 0;  // received, not parsed
  std::optional<Parser> parser_;
};

}  // namespace hearth::load
