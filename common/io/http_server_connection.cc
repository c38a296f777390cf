#include "common/io/http_server_connection.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "common/io/http_server_response.h"

namespace hearth {
namespace {

namespace asio = boost::asio;

constexpr size_t kReadAheadBytes = 64 * 1024;  // of later requests while one is being handled
constexpr int kReadsPerWakeUp = 16;            // then the other connections have a turn
constexpr std::chrono::seconds kLingerTime{5};
constexpr int64_t kLingerBytes = 64 * 1024 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// The way back to a connection, from any thread.
struct WayIn {
  std::shared_ptr<HttpServerDoor> door;
  std::weak_ptr<HttpServerConnection> connection;

  // On the I/O thread itself at once: a hop through its queue would only cost time.
  template <class Action>
  void InThread(Action action) const {
    if (door->IsCurrentThread()) {
      if (const auto alive = connection.lock()) action(*alive);
      return;
    }
    door->Post([weak = connection, action = std::move(action)]() mutable {
      if (const auto alive = weak.lock()) action(*alive);
    });
  }
  // Whether the connection may still be there; what is asked of one that is not, nobody answers.
  bool open() const { return !connection.expired(); }
};

class BodyStream final : public HttpBodyStream {
 public:
  BodyStream(WayIn way, uint64_t request_number) : way_(std::move(way)), request_number_(request_number) {}
  ~BodyStream() override {
    if (finished_) return;
    way_.InThread([number = request_number_](HttpServerConnection& connection) { connection.Abandon(number); });
  }
  void Write(std::string piece) override {
    way_.InThread([number = request_number_, piece = std::move(piece)](HttpServerConnection& connection) {
      connection.WriteStream(number, piece);
    });
  }
  void Finish() override {
    finished_ = true;
    way_.InThread([number = request_number_](HttpServerConnection& connection) { connection.EndStream(number); });
  }

 private:
  const WayIn way_;
  const uint64_t request_number_;
  bool finished_ = false;
};

class Responder final : public HttpResponder {
 public:
  Responder(WayIn way, std::shared_ptr<std::atomic<bool>> peer_gone, uint64_t request_number, bool body_follows)
      : way_(std::move(way)),
        peer_gone_(std::move(peer_gone)),
        request_number_(request_number),
        body_follows_(body_follows) {}

  ~Responder() override {
    if (!sent_)
      way_.InThread([number = request_number_](HttpServerConnection& connection) { connection.Abandon(number); });
  }

  void Send(HttpResponse response) override {
    if (std::exchange(sent_, true)) return;
    way_.InThread([number = request_number_, response = std::move(response)](HttpServerConnection& connection) mutable {
      connection.Answer(number, std::move(response));
    });
  }

  bool PeerGone() const override { return peer_gone_->load(std::memory_order_relaxed); }

  bool body_follows() const override { return body_follows_; }
  void ReadBody(std::shared_ptr<HttpBodySink> sink) override {
    if (!way_.open()) return sink->OnBodyLost();
    way_.InThread([number = request_number_, sink = std::move(sink)](HttpServerConnection& connection) mutable {
      connection.ReadBody(number, std::move(sink));
    });
  }
  void PauseBody(bool paused) override {
    way_.InThread(
        [number = request_number_, paused](HttpServerConnection& connection) { connection.PauseBody(number, paused); });
  }

  std::unique_ptr<HttpBodyStream> StartBody(HttpResponse head, HttpBodyEvents events) override {
    sent_ = true;
    if (!way_.open()) {
      events.on_gone();
      return std::make_unique<BodyStream>(way_, request_number_);
    }
    way_.InThread([number = request_number_, head = std::move(head),
                   events = std::move(events)](HttpServerConnection& connection) mutable {
      connection.StartStream(number, std::move(head), std::move(events));
    });
    return std::make_unique<BodyStream>(way_, request_number_);
  }

 private:
  const WayIn way_;
  const std::shared_ptr<std::atomic<bool>> peer_gone_;
  const uint64_t request_number_;
  const bool body_follows_;
  bool sent_ = false;
};

}  // namespace

HttpServerConnection::HttpServerConnection(HttpServerThread& thread, UniqueFd socket,
                                           std::shared_ptr<HttpServerOrigin> origin, HttpServerQuota::Place place,
                                           std::string peer_address)
    : thread_(thread),
      origin_(std::move(origin)),
      place_(std::move(place)),
      peer_address_(std::move(peer_address)),
      socket_(thread.context()),
      parser_(origin_->options->max_head_bytes) {
  ++origin_->connections;
  boost::system::error_code error;
  socket_.assign(socket.get(), error);
  if (!error) socket.release();
}

HttpServerConnection::~HttpServerConnection() { --origin_->connections; }

void HttpServerConnection::Start() {
  if (!socket_.is_open()) return Close();
  Enter(State::kIdle);
  WaitReadable();
}

void HttpServerConnection::Close() {
  if (state_ == State::kClosed) return;
  Enter(State::kClosed);
  peer_gone_->store(true, std::memory_order_relaxed);
  boost::system::error_code ignored;
  socket_.close(ignored);
  const auto self = shared_from_this();
  thread_.RemoveConnection(self);
  LoseBody();
  if (std::exchange(streaming_, false)) std::exchange(stream_events_, {}).on_gone();
}

void HttpServerConnection::Enter(State state) {
  state_ = state;
  since_ = thread_.now();
  window_start_ = since_;
  window_bytes_ = received_bytes_;
}

void HttpServerConnection::WaitReadable() {
  if (waiting_readable_ || input_ended_ || state_ == State::kClosed) return;
  if (state_ == State::kBody && body_paused_) return;
  waiting_readable_ = true;
  socket_.async_wait(asio::posix::descriptor_base::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->waiting_readable_ = false;
                       if (!error && self->state_ != State::kClosed) self->OnReadable();
                     });
}

void HttpServerConnection::OnReadable() {
  switch (state_) {
    case State::kIdle:
    case State::kHead:
    case State::kBody:
      return ReadRequests();
    case State::kHandling:
    case State::kWriting:
    case State::kStreaming:
      return ReadAhead();
    case State::kLingering:
      return ReadAway();
    case State::kClosed:
      return;
  }
}

void HttpServerConnection::ReadRequests() {
  for (int i = 0; i < kReadsPerWakeUp && WantsInput(); ++i) {
    const ssize_t got = recv(socket_.native_handle(), thread_.scratch(), thread_.scratch_bytes(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (got <= 0) return Close();  // a request that was not finished has nobody to be answered to
    TakeInput(std::string_view(thread_.scratch(), static_cast<size_t>(got)));
    if (static_cast<size_t>(got) < thread_.scratch_bytes()) break;
  }
  WaitReadable();
}

void HttpServerConnection::ReadAhead() {
  if (pending_.size() >= kReadAheadBytes) return;  // the next WaitReadable comes with the answer
  const ssize_t got = recv(socket_.native_handle(), thread_.scratch(), kReadAheadBytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return WaitReadable();
  if (got < 0) return Close();
  if (got == 0) {
    input_ended_ = true;  // it may still read: the answer is written all the same
    peer_gone_->store(true, std::memory_order_relaxed);
    return;
  }
  pending_.append(thread_.scratch(), static_cast<size_t>(got));
  WaitReadable();
}

void HttpServerConnection::ReadAway() {
  const ssize_t got = recv(socket_.native_handle(), thread_.scratch(), thread_.scratch_bytes(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return WaitReadable();
  if (got <= 0) return Close();
  received_bytes_ += got;
  if (received_bytes_ - window_bytes_ > kLingerBytes) return Close();
  WaitReadable();
}

void HttpServerConnection::TakeInput(std::string_view received) {
  received_bytes_ += static_cast<int64_t>(received.size());
  if (pending_.empty()) {
    received.remove_prefix(Parse(received));
    if (state_ != State::kClosed && state_ != State::kLingering) pending_.assign(received);
  } else {
    pending_.append(received);
    pending_.erase(0, Parse(pending_));
  }
  CountBody();
}

void HttpServerConnection::CountBody() {
  if (state_ != State::kBody) {
    place_.HoldBody(0);
  } else if (!place_.HoldBody(parser_.request().body.size())) {
    Reject({503, "too many large requests at once"});
  }
}

size_t HttpServerConnection::Parse(std::string_view bytes) {
  using Stage = HttpServerParser::Stage;
  size_t used = 0;
  parsing_ = true;
  while (WantsInput() && used < bytes.size()) {
    used += parser_.Feed(bytes.substr(used));
    if (parser_.stage() == Stage::kHeadDone) {
      BeginBody(used < bytes.size());
      if (parser_.stage() == Stage::kNeedMore) continue;
    }
    if (body_passed_on_) {
      PassBodyOn();
      if (state_ != State::kBody) break;  // answered before its end
    }
    if (parser_.stage() == Stage::kDone) {
      body_passed_on_ ? EndPassedBody() : Dispatch();
    } else if (parser_.stage() == Stage::kFailed) {
      Reject(parser_.fault());
    } else {
      if (used < bytes.size() && state_ == State::kIdle) Enter(State::kHead);
      break;
    }
  }
  parsing_ = false;
  return used;
}

void HttpServerConnection::BeginBody(bool more_in_hand) {
  const HttpServerOptions& options = *origin_->options;
  HttpRequest& request = parser_.request();
  request.peer_address = peer_address_;
  request.local_address = origin_->local_address;
  body_paused_ = false;
  body_passed_on_ = options.streams_body && parser_.chunked() && options.streams_body(request);
  parser_.AcceptBody(body_passed_on_ ? SIZE_MAX : options.max_body_bytes(request), options.deliver_oversized);
  if (parser_.stage() != HttpServerParser::Stage::kNeedMore) return;
  Enter(State::kBody);
  if (body_passed_on_) DispatchHead();
  if (state_ != State::kBody || !parser_.expects_continue() || more_in_hand) return;
  // It fits: nothing else of this connection is in the socket's buffer but answers already read.
  if (send(socket_.native_handle(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL) < 0) Close();
}

void HttpServerConnection::Dispatch() {
  Enter(State::kHandling);
  ++request_number_;
  close_after_ = !parser_.keep_alive();
  head_only_ = parser_.request().method == "HEAD";
  auto responder = std::make_unique<Responder>(WayIn{thread_.door(), weak_from_this()}, peer_gone_, request_number_,
                                               /*body_follows=*/false);
  origin_->handler(std::move(parser_.request()), std::move(responder));
}

// The handler gets the head now and reads the body as it comes.
void HttpServerConnection::DispatchHead() {
  body_paused_ = true;
  ++request_number_;
  close_after_ = !parser_.keep_alive();
  head_only_ = false;
  auto responder = std::make_unique<Responder>(WayIn{thread_.door(), weak_from_this()}, peer_gone_, request_number_,
                                               /*body_follows=*/true);
  HttpRequest head = std::exchange(parser_.request(), HttpRequest());
  origin_->handler(std::move(head), std::move(responder));
}

void HttpServerConnection::Reject(const HttpFault& fault) {
  LoseBody();
  const auto& render = origin_->options->render_error;
  Enter(State::kHandling);
  close_after_ = true;
  linger_after_ = true;
  head_only_ = false;
  Respond(render ? render(fault.status, fault.reason) : HttpResponse{.status = fault.status});
}

void HttpServerConnection::Answer(uint64_t request_number, HttpResponse response) {
  if (request_number != request_number_) return;
  if (state_ == State::kBody && body_passed_on_) {  // the rest of the body is read away
    body_sink_.reset();
    close_after_ = true;
    linger_after_ = true;
    Enter(State::kHandling);
  }
  if (state_ == State::kHandling) Respond(std::move(response));
}

void HttpServerConnection::Abandon(uint64_t request_number) {
  if (request_number != request_number_) return;
  if (state_ == State::kHandling || streaming_ || (state_ == State::kBody && body_passed_on_)) Close();
}

void HttpServerConnection::Respond(HttpResponse response) {
  HttpResponseFacts facts;
  facts.close = close_after_;
  facts.http_1_0_kept = !close_after_ && parser_.is_http_1_0();
  facts.streamed = streaming_;
  facts.chunked = stream_chunked_;
  facts.server_name = origin_->options->server_name;
  if (!origin_->adopted) facts.date = thread_.date();
  RenderHttpResponseHead(out_head_, response, facts);
  out_body_ = head_only_ || HttpStatusHasNoBody(response.status) ? std::string() : std::move(response.body);
  written_bytes_ = 0;
  Write();
}

void HttpServerConnection::Write() {
  const size_t total = out_head_.size() + out_body_.size();
  while (written_bytes_ < total) {
    const size_t head_written = std::min(written_bytes_, out_head_.size());
    const size_t body_written = written_bytes_ - head_written;
    iovec parts[2] = {{out_head_.data() + head_written, out_head_.size() - head_written},
                      {out_body_.data() + body_written, out_body_.size() - body_written}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    const ssize_t sent = sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return WaitWritable();
    if (sent < 0) return Close();
    written_bytes_ += static_cast<size_t>(sent);
  }
  FinishResponse();
}

void HttpServerConnection::WaitWritable() {
  if (state_ != State::kWriting) {
    Enter(State::kWriting);
    window_bytes_ = 0;
  }
  socket_.async_wait(asio::posix::descriptor_base::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (!error && self->state_ == State::kWriting) self->Write();
                     });
}

void HttpServerConnection::FinishResponse() {
  if (streaming_ && !stream_ended_) return OnStreamWritten();
  streaming_ = false;
  stream_events_ = {};
  body_passed_on_ = false;
  out_body_ = std::string();
  if (linger_after_) {
    shutdown(socket_.native_handle(), SHUT_WR);
    Enter(State::kLingering);
    pending_.clear();
    return WaitReadable();
  }
  if (close_after_) return Close();
  parser_.Reset();
  Enter(State::kIdle);
  if (parsing_) return;  // Parse goes on with what it has
  if (pending_.empty()) {
    if (input_ended_) return Close();
    return WaitReadable();
  }
  // Not from here: the answer may come from the handler of another connection, and so on without end.
  asio::post(thread_.context(), [self = shared_from_this()] {
    if (self->state_ == State::kIdle) self->ParsePending();
  });
}

void HttpServerConnection::ParsePending() {
  pending_.erase(0, Parse(pending_));
  CountBody();
  if (input_ended_ && WantsInput()) return Close();
  WaitReadable();
}

bool HttpServerConnection::MadeProgress(MonotonicTime now, int64_t moved_bytes) {
  const HttpServerOptions& options = *origin_->options;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - window_start_);
  if (elapsed < options.head_timeout) return true;
  const bool enough = moved_bytes - window_bytes_ >= options.min_body_bytes_per_second * elapsed.count() / 1000;
  window_start_ = now;
  window_bytes_ = moved_bytes;
  return enough;
}

bool HttpServerConnection::IsLate(MonotonicTime now) {
  const HttpServerOptions& options = *origin_->options;
  const auto age = now - since_;
  if (state_ == State::kLingering) return age > kLingerTime;
  if (origin_->adopted) return false;
  switch (state_) {
    case State::kIdle:
      if (options.idle_timeout.count() == 0) return false;
      return age > (request_number_ == 0 ? options.head_timeout : options.idle_timeout);
    case State::kHead:
      return age > options.head_timeout;
    case State::kBody:
      return !MadeProgress(now, received_bytes_);
    case State::kWriting: {
      int unsent = 0;  // what the peer has not taken yet is no progress
      ioctl(socket_.native_handle(), SIOCOUTQ, &unsent);
      return !MadeProgress(now, static_cast<int64_t>(written_bytes_) - unsent);
    }
    case State::kHandling:
    case State::kStreaming:
    case State::kLingering:
    case State::kClosed:
      return false;
  }
  return false;
}

void HttpServerConnection::CutOff() {
  if (state_ == State::kHead || state_ == State::kBody) {
    Reject({408, "request took too long"});
  } else {
    Close();
  }
}

}  // namespace hearth
