// Poller is the one thread that takes completions from a gRPC queue and hands each to its tag.
//
// Threads: tags run on the poller thread and must not block. Enter, Leave: any thread.
// Lifetime: everything that may start operations on the queue enters first and leaves last; Stop waits for that.
#pragma once

#include <grpcpp/completion_queue.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <thread>

#include "common/mutex.h"

namespace hearth::rpc {

// What a completion resumes.
class Tag {
 public:
  virtual ~Tag() = default;
  virtual void Proceed(bool ok) = 0;
};

class Poller {
 public:
  explicit Poller(grpc::CompletionQueue& queue) : queue_(queue) {}
  ~Poller() { Stop(); }
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void Start();
  // Waits until everyone left, then drains the queue and joins. Not from the poller thread.
  void Stop();

  grpc::CompletionQueue& queue() { return queue_; }
  void Enter();
  void Leave();
  // Before an operation is started: what this thread wrote is seen by the tag. gRPC guarantees it, by means that a race
  // detector does not see.
  void Publish() {
#if defined(__SANITIZE_THREAD__)
    started_.fetch_add(1);
#endif
  }

 private:
  void Run();

  grpc::CompletionQueue& queue_;
#if defined(__SANITIZE_THREAD__)
  std::atomic<uint64_t> started_ = 0;
#endif
  std::thread thread_;
  Mutex mutex_;
  std::condition_variable empty_;
  int inside_ GUARDED_BY(mutex_) = 0;
};

}  // namespace hearth::rpc
