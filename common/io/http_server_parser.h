// HttpServerParser turns the bytes of one connection into requests. What another parser might read differently it
// refuses.
//
// Shapes:  Feed() is given every byte not consumed yet, the oldest first; it answers how many it consumed.
// Errors:  stage() kFailed with fault(): the status to answer before the connection closes.
// Threads: one at a time.
// Source:  RFC 9112, read strictly: no obs-fold, no bare LF, no Content-Length beside Transfer-Encoding, origin-form
//          targets only, one Host.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/http_message.h"

namespace hearth {

struct HttpFault {
  int status = 400;
  std::string_view reason;  // a literal
};

class HttpServerParser {
 public:
  enum class Stage {
    kNeedMore,  // what is left, if anything, begins an unfinished head or chunk header
    kHeadDone,  // the head is in request(); Feed goes on after AcceptBody
    kDone,      // the whole request is in request()
    kFailed,
  };

  explicit HttpServerParser(size_t max_head_bytes) : max_head_bytes_(max_head_bytes) {}

  size_t Feed(std::string_view bytes);
  // After kHeadDone. A larger body is refused with 413, or with `discard_larger` read and thrown away.
  void AcceptBody(size_t max_body_bytes, bool discard_larger);
  // What has come of the body since the last call; for bodies that are passed on as they come.
  std::string TakeBodyPiece() { return std::exchange(request_.body, std::string()); }
  // Whether the body comes in chunks; from kHeadDone on.
  bool chunked() const { return wire_->chunked(); }
  // After kDone: the next request may be fed.
  void Reset();

  Stage stage() const { return stage_; }
  HttpRequest& request() { return request_; }
  const HttpFault& fault() const { return fault_; }

  // Facts of the head, from kHeadDone on.
  bool keep_alive() const { return wire_->keep_alive(); }
  bool is_http_1_0() const { return version_ == 10; }
  bool expects_continue() const { return expects_continue_ && version_ == 11; }

 private:
  // Beast's parser of one message; what it finds it tells its owner.
  class Wire final : public boost::beast::http::basic_parser<true> {
   public:
    explicit Wire(HttpServerParser& owner);

   private:
    using error_code = boost::beast::error_code;
    using string_view = boost::beast::string_view;
    using verb = boost::beast::http::verb;
    using field = boost::beast::http::field;

    void on_request_impl(verb, string_view method, string_view target, int version, error_code& error) override;
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(field name, string_view name_text, string_view value, error_code& error) override;
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<uint64_t>& content_length, error_code&) override;
    size_t on_body_impl(string_view body, error_code& error) override;
    void on_chunk_header_impl(uint64_t size, string_view, error_code& error) override;
    size_t on_chunk_body_impl(uint64_t, string_view body, error_code& error) override;
    void on_finish_impl(error_code&) override {}

    HttpServerParser& owner_;
  };

  size_t FeedHead(std::string_view bytes);
  size_t FeedBody(std::string_view bytes);
  // The length of the head at the front of `bytes`; 0 when it is unfinished or already wrong.
  size_t FindHead(std::string_view bytes);
  void ReadField(boost::beast::http::field name, std::string_view name_text, std::string_view value);
  void CheckHead();
  void TakeBody(std::string_view bytes);
  // The body grows to `size`: refuses it or begins to throw it away when that is too much.
  void CheckBodySize(uint64_t size);
  void Fail(int status, std::string_view reason);

  const size_t max_head_bytes_;
  Stage stage_ = Stage::kNeedMore;
  HttpFault fault_;
  HttpRequest request_;
  std::optional<Wire> wire_;

  size_t scanned_bytes_ = 0;  // of the unfinished head
  bool head_done_ = false;
  int version_ = 11;
  int hosts_ = 0;
  int content_lengths_ = 0;
  bool expects_continue_ = false;

  size_t max_body_bytes_ = 0;
  bool discard_larger_ = false;
  uint64_t body_bytes_ = 0;  // received, kept or not
  uint64_t chunk_left_ = 0;  // of the chunk being received
};

}  // namespace hearth
