#include "common/rpc/stream.h"

#include <utility>

namespace hearth::rpc {

Stream::Stream(Poller& poller, std::unique_ptr<Call> call) : membership_(poller), call_(std::move(call)) {
  for (Operation* operation : {&dial_, &read_, &write_, &finish_}) operation->owner = this;
}

void Stream::Operation::Proceed(bool ok) {
  std::shared_ptr<Stream> alive;
  {
    MutexLock lock(owner->mutex_);
    alive = std::move(self);
  }
  (alive.get()->*done)(ok);
}

void Stream::Hold(Operation& operation) {
  std::shared_ptr<Stream> self = shared_from_this();
  {
    MutexLock lock(mutex_);
    operation.self = std::move(self);
  }
  membership_.poller.Publish();
}

void Stream::Dial() {
  Hold(dial_);
  call_->Start(&dial_);
}

void Stream::OnDialed(bool ok) {
  if (ok) return Begin();
  {
    MutexLock lock(mutex_);
    broken_ = read_ended_ = true;
  }
  FinishIfDue();
}

void Stream::Begin() {
  OnBegin();
  ReadNext();
  {
    MutexLock lock(mutex_);
    begun_ = true;
  }
  Wake();
}

void Stream::ReadNext() {
  std::shared_ptr<Stream> self = shared_from_this();
  {
    MutexLock lock(mutex_);
    if (finishing_) return;
    read_.self = std::move(self);
  }
  membership_.poller.Publish();
  call_->reader().Read(&incoming_, &read_);
}

void Stream::OnRead(bool ok) {
  if (ok) {
    grpc::ByteBuffer message;
    message.Swap(&incoming_);
    return OnMessage(std::move(message));
  }
  {
    MutexLock lock(mutex_);
    broken_ = read_ended_ = true;
  }
  FinishIfDue();
}

void Stream::Wake() {
  {
    MutexLock lock(mutex_);
    wake_pending_ = true;
    if (!begun_ || writing_ || broken_ || finishing_) return;
    writing_ = true;
  }
  Pump();
}

void Stream::FinishWhenDrained(grpc::Status status) {
  {
    MutexLock lock(mutex_);
    if (finish_requested_ || finishing_) return;
    finish_requested_ = true;
    status_ = std::move(status);
  }
  Wake();
  FinishIfDue();
}

// Precondition: this thread set writing_.
void Stream::Pump() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      if (broken_) {
        writing_ = false;
        break;
      }
      wake_pending_ = false;
    }
    std::optional<grpc::ByteBuffer> next = NextWrite();
    if (next) {
      Hold(write_);
      call_->writer().Write(*next, &write_);
      return;
    }
    MutexLock lock(mutex_);
    if (wake_pending_) continue;
    writing_ = false;
    break;
  }
  FinishIfDue();
}

void Stream::OnWritten(bool ok) {
  if (!ok) {
    MutexLock lock(mutex_);
    broken_ = true;
  }
  Pump();
}

void Stream::FinishIfDue() {
  {
    MutexLock lock(mutex_);
    const bool due = read_ended_ || (finish_requested_ && begun_ && (broken_ || !wake_pending_));
    if (!due || writing_ || finishing_) return;
    finishing_ = true;
  }
  Hold(finish_);
  call_->Finish(status_, &finish_);
}

void Stream::OnFinished(bool) { OnEnd(status_); }

}  // namespace hearth::rpc
