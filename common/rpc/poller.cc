#include "common/rpc/poller.h"

namespace hearth::rpc {

void Poller::Start() { thread_ = std::thread(&Poller::Run, this); }

void Poller::Stop() {
  if (!thread_.joinable()) return;
  {
    MutexLock lock(mutex_);
    while (inside_ > 0) empty_.wait(lock.native());
  }
  queue_.Shutdown();
  thread_.join();
}

void Poller::Enter() {
  MutexLock lock(mutex_);
  ++inside_;
}

void Poller::Leave() {
  MutexLock lock(mutex_);
  if (--inside_ == 0) empty_.notify_all();
}

void Poller::Run() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
    Publish();  // and so also sees
    static_cast<Tag*>(tag)->Proceed(ok);
  }
}

}  // namespace hearth::rpc
