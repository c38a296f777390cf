#include "controller/scheduler/ticker.h"

#include <utility>

namespace hearth::controller {

Ticker::Ticker(std::chrono::milliseconds period, std::function<void()> tick)
    : period_(period), tick_(std::move(tick)), thread_(&Ticker::Run, this) {}

Ticker::~Ticker() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Ticker::Run() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      if (wake_.wait_for(lock.native(), period_, [this] { return stopping_; })) return;
    }
    tick_();
  }
}

}  // namespace hearth::controller
