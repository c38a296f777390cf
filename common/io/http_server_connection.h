// HttpServerConnection is one connection: it reads requests one after the other and answers each before the next.
//
// Threads: its I/O thread only; answers from elsewhere come in through the door.
#pragma once

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/io/http_server_listener.h"
#include "common/io/http_server_parser.h"
#include "common/io/http_server_quota.h"
#include "common/io/http_server_thread.h"
#include "common/unique_fd.h"

namespace hearth {

class HttpServerConnection : public std::enable_shared_from_this<HttpServerConnection> {
 public:
  HttpServerConnection(HttpServerThread& thread, UniqueFd socket, std::shared_ptr<HttpServerOrigin> origin,
                       HttpServerQuota::Place place, std::string peer_address);
  ~HttpServerConnection();

  void Start();
  void Close();
  uint64_t listener_id() const { return origin_->listener_id; }

  // The response to the request with this number; ignored when that is not the one being handled.
  void Answer(uint64_t request_number, HttpResponse response);
  void Abandon(uint64_t request_number);
  // The body of the request with this number, where it is passed on as it comes.
  void ReadBody(uint64_t request_number, std::shared_ptr<HttpBodySink> sink);
  void PauseBody(uint64_t request_number, bool paused);
  // The response to it, where it leaves as it comes.
  void StartStream(uint64_t request_number, HttpResponse head, HttpBodyEvents events);
  void WriteStream(uint64_t request_number, std::string_view piece);
  void EndStream(uint64_t request_number);

  // Whether the peer has used up its time; CutOff ends it then, with 408 where a request is unfinished.
  bool IsLate(MonotonicTime now);
  void CutOff();

 private:
  enum class State {
    kIdle,       // no byte of a next request yet
    kHead,       // an unfinished head
    kBody,       // an unfinished body
    kHandling,   // the handler has the request
    kWriting,    // the response did not fit into the socket's buffer
    kStreaming,  // the head and all pieces so far are written, more come
    kLingering,  // answered, refusing the rest: reading it away so that the answer is not lost in a reset
    kClosed,
  };

  void Enter(State state);
  bool WantsInput() const {
    return state_ == State::kIdle || state_ == State::kHead || (state_ == State::kBody && !body_paused_);
  }

  // Reading.
  void WaitReadable();
  void OnReadable();
  void ReadRequests();
  void ReadAhead();
  void ReadAway();
  void TakeInput(std::string_view received);
  void CountBody();
  size_t Parse(std::string_view bytes);
  void BeginBody(bool more_in_hand);
  void Dispatch();
  void DispatchHead();
  void PassBodyOn();
  void EndPassedBody();
  void LoseBody();
  void ParsePending();
  void Reject(const HttpFault& fault);

  // Writing.
  void Respond(HttpResponse response);
  void Write();
  void WaitWritable();
  void FinishResponse();
  void OnStreamWritten();
  void ForgetWritten();
  bool MadeProgress(MonotonicTime now, int64_t moved_bytes);

  HttpServerThread& thread_;
  const std::shared_ptr<HttpServerOrigin> origin_;
  HttpServerQuota::Place place_;
  const std::string peer_address_;
  const std::shared_ptr<std::atomic<bool>> peer_gone_ = std::make_shared<std::atomic<bool>>(false);
  boost::asio::posix::stream_descriptor socket_;
  HttpServerParser parser_;

  State state_ = State::kIdle;
  MonotonicTime since_;  // when this state was entered
  uint64_t request_number_ = 0;
  std::string pending_;  // received, not parsed yet
  bool waiting_readable_ = false;
  bool parsing_ = false;      // Parse is on the stack: it goes on by itself after an answer
  bool input_ended_ = false;  // the peer sends no more
  bool close_after_ = false;  // this response is the last
  bool linger_after_ = false;
  bool head_only_ = false;  // the request was HEAD

  // A body that is passed on as it comes.
  bool body_passed_on_ = false;
  bool body_paused_ = false;  // or nobody reads it yet
  std::shared_ptr<HttpBodySink> body_sink_;

  // A response that leaves as it comes.
  bool streaming_ = false;
  bool stream_chunked_ = false;
  bool stream_ended_ = false;
  HttpBodyEvents stream_events_;

  std::string out_head_;
  std::string out_body_;
  size_t written_bytes_ = 0;

  // The slow-peer window: what moved since window_start_.
  MonotonicTime window_start_;
  int64_t window_bytes_ = 0;
  int64_t received_bytes_ = 0;
};

}  // namespace hearth
