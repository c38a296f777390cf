// ThreadPool runs blocking tasks on a fixed number of threads, in the order they were given.
//
// Errors:  Submit answers ResourceExhausted when max_queued tasks wait, Unavailable once stopped.
// Threads: any thread submits. The destructor runs what is queued, then joins.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "common/mutex.h"

namespace hearth {

class ThreadPool {
 public:
  ThreadPool(std::string name, int threads, size_t max_queued);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  absl::Status Submit(std::function<void()> task);

 private:
  void Run();

  const size_t max_queued_;
  Mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::deque<std::function<void()>> queue_ GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace hearth
