// HttpServer answers HTTP/1.1 on listening sockets; one handler decides every response.
//
// Shapes:  the request target is kept raw (SigV4 signs the bytes of the wire); header names keep their order and case,
//          look-ups ignore case. A body arrives whole, with Content-Length or chunked (trailers are kept apart), unless
//          streams_body says otherwise; an answer leaves whole, or piece by piece (StartBody).
// Errors:  a malformed, too large or too slow request never reaches the handler: 400, 408, 413, 417, 431 or 503,
// rendered by
//          HttpServerOptions::render_error, and the connection closes. Anything doubtful in framing closes it too.
// Threads: handlers run on the server's I/O threads and must not block; HttpResponder may be used from any thread,
// once. Limits:  HttpServerOptions.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/http_message.h"
#include "common/unique_fd.h"

namespace hearth {

// Takes the body of one request as it comes, on the I/O thread. The last call is OnBodyEnd or OnBodyLost.
class HttpBodySink {
 public:
  virtual ~HttpBodySink() = default;
  virtual void OnBody(std::string_view piece) = 0;
  virtual void OnBodyEnd(const HttpHeaders& trailers) = 0;
  virtual void OnBodyLost() = 0;  // the connection ended before the body did
};

// The body of an answer whose head is on its way, piece by piece. What was written and not sent yet is kept: the writer
// bounds it by waiting for `on_drained`. Dropped unfinished it closes the connection: the client sees a broken body.
class HttpBodyStream {
 public:
  virtual ~HttpBodyStream() = default;
  virtual void Write(std::string piece) = 0;
  virtual void Finish() = 0;
};

// Called on the I/O thread.
struct HttpBodyEvents {
  std::function<void()> on_drained;  // everything written so far is in the socket
  std::function<void()> on_gone;     // the connection is closed; the rest goes nowhere
};

// One-shot: answers the request it came with. Dropping it unanswered closes the connection.
class HttpResponder {
 public:
  virtual ~HttpResponder() = default;
  virtual void Send(HttpResponse response) = 0;
  // Whether the peer is known to have gone away (its answer would go nowhere).
  virtual bool PeerGone() const = 0;

  // Whether the body is still to come (streams_body); nothing of it is read before ReadBody, nor while it is paused. An
  // answer before its end closes the connection afterwards.
  virtual bool body_follows() const { return false; }
  virtual void ReadBody(std::shared_ptr<HttpBodySink> /*sink*/) {}
  virtual void PauseBody(bool /*paused*/) {}

  // Instead of Send, where the server offers it: the head goes out at once, chunked. nullptr: it does not.
  virtual std::unique_ptr<HttpBodyStream> StartBody(HttpResponse /*head*/, HttpBodyEvents /*events*/) {
    return nullptr;
  }
};

using HttpHandler = std::function<void(HttpRequest request, std::unique_ptr<HttpResponder> responder)>;

struct HttpServerOptions {
  int threads = 1;
  size_t max_head_bytes = 64 * 1024;
  // The largest body accepted for a request head; more is answered 413 before it is buffered.
  std::function<size_t(const HttpRequest& head)> max_body_bytes = [](const HttpRequest&) { return size_t{8} << 20; };
  // A body over max_body_bytes: false: the server answers 413 and closes. true: the rest is read and thrown away, then
  // the handler is called with body_oversized set, and the connection stays usable (the Runtime API: the runtime lives
  // on).
  bool deliver_oversized = false;
  // Whether the handler gets a chunked request with its head and reads the body as it comes; max_body_bytes does not
  // apply to it.
  std::function<bool(const HttpRequest& head)> streams_body = nullptr;
  // Of all unfinished bodies together; a request that would pass it is answered 503.
  size_t max_buffered_body_bytes = size_t{512} << 20;
  // The same for each adopted listener by itself: its clients cannot use up what the others need.
  size_t max_buffered_body_bytes_per_adopted_listener = size_t{32} << 20;
  size_t max_connections = 10000;
  size_t max_connections_per_listener = 10000;  // more are closed at once: one tenant cannot use up the others' share
  size_t max_connections_per_address = 10000;
  std::chrono::milliseconds head_timeout{10000};  // from the first byte of a request to its last header
  std::chrono::milliseconds idle_timeout{75000};  // between requests on a kept connection; zero: none
  int64_t min_body_bytes_per_second = 1024;       // slower bodies are cut off with 408
  bool send_date = true;
  std::string server_name = {};  // the Server header; empty: none
  // Renders an error the server itself answers with; the default is an empty body.
  std::function<HttpResponse(int status, std::string_view reason)> render_error = nullptr;
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;  // stops accepting, closes every connection, joins its threads

  static std::unique_ptr<HttpServer> Start(HttpServerOptions options, HttpHandler handler);

  // Listens on "host:port" (port 0: any) or "unix:/path"; returns the bound address ("127.0.0.1:43121").
  virtual absl::StatusOr<std::string> Listen(const std::string& address) = 0;
  // Serves a listening socket made elsewhere with a handler of its own, without any timeout: its clients may be frozen
  // at any moment, and a request may stay unanswered for hours. The id closes it and its connections again.
  virtual absl::StatusOr<uint64_t> Adopt(UniqueFd listener, HttpHandler handler) = 0;
  // Any thread; returns at once. The handler may still be running, or run once more, until the I/O thread has closed.
  virtual void Close(uint64_t adopted_listener) = 0;
  // Runs `task` on an I/O thread soon, or after `delay`.
  virtual void Post(std::function<void()> task) = 0;
  virtual void PostAfter(std::chrono::milliseconds delay, std::function<void()> task) = 0;
  // Runs `ready` on an I/O thread, one call at a time, whenever `fd` has something to read (or its writers are gone)
  // after the previous call returned. The caller keeps `fd` open until Unwatch; both only on the I/O thread.
  virtual uint64_t WatchReadable(int fd, std::function<void()> ready) = 0;
  virtual void Unwatch(uint64_t watch) = 0;
};

}  // namespace hearth
