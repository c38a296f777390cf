#include "common/io/thread_pool.h"

#include <pthread.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace hearth {

ThreadPool::ThreadPool(std::string name, int threads, size_t max_queued) : max_queued_(max_queued) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Run(); });
    // The kernel keeps 15 characters.
    pthread_setname_np(threads_.back().native_handle(), absl::StrCat(name, "-", i).substr(0, 15).c_str());
  }
}

ThreadPool::~ThreadPool() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

absl::Status ThreadPool::Submit(std::function<void()> task) {
  {
    MutexLock lock(mutex_);
    if (stopping_) return absl::UnavailableError("thread pool is stopping");
    if (queue_.size() >= max_queued_) {
      return absl::ResourceExhaustedError(absl::StrCat(max_queued_, " tasks already wait"));
    }
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
  return absl::OkStatus();
}

void ThreadPool::Run() {
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && !stopping_) wake_.wait(lock.native());
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace hearth
