// DispatcherThread runs an AsyncDispatcher on a thread of its own.
//
// Threads: the destructor waits until what it is doing is done; invocations that run are left to the invoker.
#pragma once

#include <atomic>
#include <thread>

#include "controller/async/dispatcher.h"

namespace hearth::controller {

class DispatcherThread {
 public:
  explicit DispatcherThread(AsyncDispatcher& dispatcher) : dispatcher_(dispatcher), thread_([this] { Run(); }) {}
  ~DispatcherThread() {
    stopping_ = true;
    dispatcher_.Wake();
    thread_.join();
  }
  DispatcherThread(const DispatcherThread&) = delete;
  DispatcherThread& operator=(const DispatcherThread&) = delete;

 private:
  void Run() {
    while (true) {
      const std::optional<MonotonicTime> until = dispatcher_.RunOnce();
      if (stopping_) return;  // before waiting: RunOnce may have taken the wake-up of the destructor
      dispatcher_.Wait(until);
    }
  }

  AsyncDispatcher& dispatcher_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace hearth::controller
