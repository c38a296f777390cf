#include "common/io/http_server_parser.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "common/text_escape.h"

namespace hearth {
namespace {

namespace http = boost::beast::http;

constexpr size_t kMaxHeaderFields = 500;
// A body up to this size gets its memory at once; a larger one as its bytes arrive, so that a claim alone costs
// nothing.
constexpr uint64_t kReservedBodyBytes = 8 * 1024 * 1024;
constexpr size_t kShortestChunkedEnd = 5;  // "0", CRLF, CRLF
// Where reading a body only to throw it away ends.
constexpr uint64_t kMaxDiscardedBytes = 256 * 1024 * 1024;

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool SameWord(std::string_view a, absl::string_view b) {
  return absl::EqualsIgnoreCase(absl::string_view(a.data(), a.size()), b);
}

int StatusFor(const boost::beast::error_code& error) { return error == http::error::header_limit ? 431 : 400; }

}  // namespace

HttpServerParser::Wire::Wire(HttpServerParser& owner) : owner_(owner) {
  body_limit(boost::none);  // CheckBodySize knows the limit
  header_limit(static_cast<uint32_t>(std::min<size_t>(owner.max_head_bytes_ + 1, UINT32_MAX)));
}

void HttpServerParser::Wire::on_request_impl(verb, string_view method, string_view target, int version, error_code&) {
  owner_.request_.method = View(method);
  owner_.request_.target = View(target);
  owner_.version_ = version;
}

void HttpServerParser::Wire::on_field_impl(field name, string_view name_text, string_view value, error_code& error) {
  owner_.ReadField(name, View(name_text), View(value));
  if (owner_.stage_ == Stage::kFailed) error = http::error::bad_field;
}

void HttpServerParser::Wire::on_body_init_impl(const boost::optional<uint64_t>& content_length, error_code&) {
  if (!content_length || owner_.request_.body_oversized) return;
  owner_.request_.body.reserve(std::min(*content_length, kReservedBodyBytes));
}

size_t HttpServerParser::Wire::on_body_impl(string_view body, error_code& error) {
  owner_.TakeBody(View(body));
  if (owner_.stage_ == Stage::kFailed) error = http::error::body_limit;
  return body.size();
}

void HttpServerParser::Wire::on_chunk_header_impl(uint64_t size, string_view, error_code& error) {
  owner_.CheckBodySize(owner_.body_bytes_ + size < size ? UINT64_MAX : owner_.body_bytes_ + size);
  if (owner_.stage_ == Stage::kFailed) error = http::error::body_limit;
  owner_.chunk_left_ = size;
}

size_t HttpServerParser::Wire::on_chunk_body_impl(uint64_t, string_view body, error_code& error) {
  owner_.chunk_left_ -= body.size();
  return on_body_impl(body, error);
}

size_t HttpServerParser::Feed(std::string_view bytes) {
  stage_ = Stage::kNeedMore;
  return head_done_ ? FeedBody(bytes) : FeedHead(bytes);
}

size_t HttpServerParser::FeedHead(std::string_view bytes) {
  // Some old clients send an empty line behind a body. Source: RFC 9112, 2.2.
  const size_t skipped = scanned_bytes_ == 0 && bytes.starts_with("\r\n") ? 2 : 0;
  bytes.remove_prefix(skipped);
  const size_t head_bytes = FindHead(bytes);
  if (stage_ == Stage::kFailed || head_bytes == 0) return skipped;
  wire_.emplace(*this);
  boost::beast::error_code error;
  const size_t used = wire_->put(boost::asio::const_buffer(bytes.data(), head_bytes), error);
  if (stage_ == Stage::kFailed) return skipped;
  if (error || used != head_bytes || !wire_->is_header_done()) {
    Fail(StatusFor(error), "malformed request head");
    return skipped;
  }
  CheckHead();
  if (stage_ == Stage::kFailed) return skipped;
  head_done_ = true;
  stage_ = Stage::kHeadDone;
  return skipped + head_bytes;
}

size_t HttpServerParser::FindHead(std::string_view bytes) {
  if (bytes.empty() || bytes == "\r") return 0;
  // A TLS greeting or other noise would else wait for its end until the time is up.
  if (scanned_bytes_ == 0 && (bytes[0] < 'A' || bytes[0] > 'z')) Fail(400, "malformed request line");
  size_t at = scanned_bytes_;
  while (stage_ != Stage::kFailed) {
    at = bytes.find('\n', at);
    if (at == std::string_view::npos) break;
    if (at == 0 || bytes[at - 1] != '\r') {
      Fail(400, "bare line feed");
    } else if (at >= 2 && bytes[at - 2] == '\n') {
      return at + 1 > max_head_bytes_ ? (Fail(431, "request head too large"), 0) : at + 1;
    } else if (at + 1 < bytes.size() && (bytes[at + 1] == ' ' || bytes[at + 1] == '\t')) {
      Fail(400, "folded header line");
    }
    if (at + 1 >= bytes.size()) break;  // looked at again with the byte that follows it
    ++at;
  }
  scanned_bytes_ = std::min(at, bytes.size());
  if (stage_ != Stage::kFailed && bytes.size() > max_head_bytes_) Fail(431, "request head too large");
  return 0;
}

void HttpServerParser::ReadField(http::field name, std::string_view name_text, std::string_view value) {
  HttpHeaders& headers = head_done_ ? request_.trailers : request_.headers;
  if (headers.fields.size() == kMaxHeaderFields) return Fail(431, "too many header fields");
  if (!IsValidUtf8(value)) return Fail(400, "a header is no UTF-8");  // records and messages are made of it
  switch (name) {
    case http::field::host:
      ++hosts_;
      break;
    case http::field::content_length:
      ++content_lengths_;
      break;
    case http::field::transfer_encoding:
      if (version_ != 11 || !SameWord(value, "chunked")) return Fail(400, "unsupported transfer encoding");
      break;
    case http::field::expect:
      if (!SameWord(value, "100-continue")) return Fail(417, "unknown expectation");
      expects_continue_ = true;
      break;
    default:
      break;
  }
  headers.Add(std::string(name_text), std::string(value));
}

void HttpServerParser::CheckHead() {
  if (!request_.target.starts_with('/')) return Fail(400, "request target is not a path");
  if (hosts_ > 1 || (hosts_ == 0 && version_ == 11)) return Fail(400, "not exactly one Host");
  if (content_lengths_ > 1) return Fail(400, "repeated Content-Length");
}

void HttpServerParser::AcceptBody(size_t max_body_bytes, bool discard_larger) {
  max_body_bytes_ = max_body_bytes;
  discard_larger_ = discard_larger;
  stage_ = Stage::kNeedMore;
  CheckBodySize(wire_->content_length().value_or(0));
  if (stage_ != Stage::kFailed && wire_->is_done()) stage_ = Stage::kDone;
}

size_t HttpServerParser::FeedBody(std::string_view bytes) {
  size_t used = 0;
  boost::beast::error_code error;
  while (used < bytes.size() && !wire_->is_done()) {
    // Beast 1.81 asserts that the last chunk's header never arrives in smaller pieces than this.
    if (wire_->chunked() && chunk_left_ == 0 && bytes.size() - used < kShortestChunkedEnd) break;
    used += wire_->put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), error);
    if (stage_ == Stage::kFailed) return used;
    if (error == http::error::need_more) break;
    if (error) {
      Fail(StatusFor(error), "malformed request body");
      return used;
    }
  }
  if (wire_->is_done()) {
    stage_ = Stage::kDone;
  } else if (bytes.size() - used > max_head_bytes_) {
    Fail(431, "chunk header or trailers too large");
  }
  return used;
}

void HttpServerParser::TakeBody(std::string_view bytes) {
  body_bytes_ += bytes.size();
  CheckBodySize(body_bytes_);
  if (!request_.body_oversized) request_.body.append(bytes);
}

void HttpServerParser::CheckBodySize(uint64_t size) {
  if (size <= max_body_bytes_) return;
  if (!discard_larger_ || size > kMaxDiscardedBytes) return Fail(413, "request body too large");
  request_.body_oversized = true;
  request_.body = std::string();
}

void HttpServerParser::Fail(int status, std::string_view reason) {
  stage_ = Stage::kFailed;
  fault_ = {status, reason};
}

void HttpServerParser::Reset() {
  stage_ = Stage::kNeedMore;
  request_ = HttpRequest();
  scanned_bytes_ = 0;
  head_done_ = false;
  hosts_ = 0;
  content_lengths_ = 0;
  expects_continue_ = false;
  body_bytes_ = 0;
  chunk_left_ = 0;
}

}  // namespace hearth
