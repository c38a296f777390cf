// WorkThread does on a thread of its own what something does by itself.
//
// Shapes:  Work has `std::optional<MonotonicTime> RunOnce()`, which does what is due and answers until when nothing is;
//          `Wait(until)`, which returns early once something happened; and `Wake()`, which is something that happens.
// Threads: the destructor waits until what is being done is done.
#pragma once

#include <atomic>
#include <optional>
#include <thread>

#include "common/clock.h"

namespace hearth {

template <class Work>
class WorkThread {
 public:
  explicit WorkThread(Work& work) : work_(work), thread_([this] { Run(); }) {}
  ~WorkThread() {
    stopping_ = true;
    work_.Wake();
    thread_.join();
  }
  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;

 private:
  void Run() {
    while (true) {
      const std::optional<MonotonicTime> until = work_.RunOnce();
      if (stopping_) return;  // before waiting: RunOnce may have taken the wake-up of the destructor
      work_.Wait(until);
    }
  }

  Work& work_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace hearth
