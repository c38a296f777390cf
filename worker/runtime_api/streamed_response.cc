#include "worker/runtime_api/streamed_response.h"

#include <algorithm>
#include <utility>

#include "common/limits.h"

namespace hearth::worker {
namespace {

using std::chrono::milliseconds;

// A client that is held back gets its bytes in portions of this time.
constexpr milliseconds kPortion{50};
constexpr milliseconds kExitGrace{200};

}  // namespace

StreamedResponse::StreamedResponse(Events& events, std::unique_ptr<HttpResponder> responder, std::string content_type,
                                   int64_t window_bytes, Clock& clock, After after)
    : events_(&events),
      responder_(std::move(responder)),
      content_type_(std::move(content_type)),
      window_bytes_(window_bytes),
      clock_(clock),
      after_(std::move(after)),
      credit_bytes_(window_bytes),
      burst_left_bytes_(kStreamBurstBytes),
      refilled_at_(clock.Monotonic()) {}

void StreamedResponse::Begin() {
  if (passes_on()) events_->OnStreamBegin(content_type_);
  if (responder_ != nullptr) responder_->ReadBody(shared_from_this());
}

void StreamedResponse::Credit(int64_t bytes) {
  credit_bytes_ += bytes;
  Flow();
}

void StreamedResponse::Discard() {
  discarding_ = true;
  Flow();
}

void StreamedResponse::Detach() {
  events_ = nullptr;
  responder_.reset();
}

void StreamedResponse::Answer(HttpResponse receipt) {
  if (responder_ != nullptr) std::exchange(responder_, nullptr)->Send(std::move(receipt));
}

void StreamedResponse::OnBody(std::string_view piece) {
  if (events_ == nullptr) return;
  total_bytes_ += piece.size();
  if (!passes_on()) return Keep(piece);
  if (total_bytes_ > kMaxStreamedResponseBytes) return Finish(/*too_large=*/true);
  held_ += piece;
  Flow();
}

void StreamedResponse::Keep(std::string_view piece) {
  if (total_bytes_ <= kMaxInvokeResponseBytes) {
    held_ += piece;
  } else {
    held_ = std::string();
  }
}

void StreamedResponse::OnBodyEnd(const HttpHeaders& trailers) {
  ended_ = true;
  trailers_ = trailers;
  Flow();
}

// The connection of a runtime that exits is gone before its exit is known, which says more: that has time to arrive.
void StreamedResponse::OnBodyLost() {
  if (events_ == nullptr) return;
  after_(kExitGrace, [weak = weak_from_this()] {
    const std::shared_ptr<StreamedResponse> self = weak.lock();
    if (self == nullptr) return;
    self->ended_ = true;
    self->lost_ = true;
    self->Flow();
  });
}

// Passes on what may go, holds the runtime back while something is left, and ends once nothing is.
void StreamedResponse::Flow() {
  if (events_ == nullptr) return;
  if (passes_on() && discarding_) held_.clear();
  size_t sent_bytes = 0;
  while (passes_on() && sent_bytes < held_.size()) {
    const auto left = static_cast<int64_t>(held_.size() - sent_bytes);
    const int64_t size = std::min({left, credit_bytes_, Allowance(), static_cast<int64_t>(kInlinePayloadBytes)});
    if (size <= 0) break;
    credit_bytes_ -= size;
    burst_left_bytes_ -= size;
    std::string piece = held_.substr(sent_bytes, static_cast<size_t>(size));
    sent_bytes += piece.size();
    events_->OnStreamPiece(std::move(piece));
    if (events_ == nullptr) return;
  }
  if (passes_on()) held_.erase(0, sent_bytes);
  const bool blocked = passes_on() && !held_.empty();
  if (blocked && credit_bytes_ > 0) WaitForAllowance();
  if (!ended_) return responder_->PauseBody(blocked);
  if (!blocked) Finish(!passes_on() && total_bytes_ > kMaxInvokeResponseBytes);
}

// How many bytes may leave now: a bucket that holds the burst and fills at the rate.
int64_t StreamedResponse::Allowance() {
  const MonotonicTime now = clock_.Monotonic();
  const auto elapsed = std::chrono::duration_cast<milliseconds>(now - refilled_at_);
  const int64_t gained = kStreamBytesPerSecond * elapsed.count() / 1000;
  if (gained > 0) {
    burst_left_bytes_ = std::min(burst_left_bytes_ + gained, kStreamBurstBytes);
    refilled_at_ += elapsed;  // what is left of a millisecond counts next time
  }
  return burst_left_bytes_;
}

void StreamedResponse::WaitForAllowance() {
  if (std::exchange(waiting_, true)) return;
  after_(kPortion, [weak = weak_from_this()] {
    const std::shared_ptr<StreamedResponse> self = weak.lock();
    if (self == nullptr) return;
    self->waiting_ = false;
    self->Flow();
  });
}

void StreamedResponse::Finish(bool too_large) {
  End end;
  end.truncated = lost_;
  end.too_large = too_large;
  end.streamed = passes_on();
  end.content_type = content_type_;
  end.trailers = std::move(trailers_);
  if (!passes_on() && !lost_) end.body = std::move(held_);
  const std::shared_ptr<StreamedResponse> self = shared_from_this();  // its listener lets go of it
  std::exchange(events_, nullptr)->OnStreamEnd(std::move(end));
}

}  // namespace hearth::worker
