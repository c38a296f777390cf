// QueueThread does on a thread of its own what queues do by themselves.
//
// Threads: the destructor waits until what it is doing is done.
#pragma once

#include <atomic>
#include <thread>

#include "controller/queues/queues.h"

namespace hearth::controller {

class QueueThread {
 public:
  explicit QueueThread(Queues& queues) : queues_(queues), thread_([this] { Run(); }) {}
  ~QueueThread() {
    stopping_ = true;
    queues_.Wake();
    thread_.join();
  }
  QueueThread(const QueueThread&) = delete;
  QueueThread& operator=(const QueueThread&) = delete;

 private:
  void Run() {
    while (!stopping_) {
      const std::optional<MonotonicTime> until = queues_.RunOnce();
      if (stopping_) return;  // before waiting: RunOnce may have taken the wake-up of the destructor
      queues_.Wait(until);
    }
  }

  Queues& queues_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace hearth::controller
