// CommitThread makes writes durable together: while one synced write is on its way to the disk, those that come wait
// and share the next one.
//
// Errors:  the database's, for every write of the batch; ResourceExhausted when too many bytes wait.
// Threads: Commit from any thread; its coroutine continues on the commit thread and must not block it. The destructor
//          commits what waits.
// Limits:  kMaxBatchWrites and kMaxBatchBytes per synced write, kMaxWaitingBytes waiting.
// Source:  performance.md "Durable async accept".
#pragma once

#include <condition_variable>
#include <deque>
#include <thread>

#include "absl/status/status.h"
#include "common/async.h"
#include "common/mutex.h"
#include "controller/store/database.h"

namespace hearth::controller {

class CommitThread {
 public:
  static constexpr size_t kMaxBatchWrites = 256;
  static constexpr size_t kMaxBatchBytes = size_t{8} << 20;
  static constexpr size_t kMaxWaitingBytes = size_t{256} << 20;

  explicit CommitThread(Database& database) : database_(database), thread_(&CommitThread::Run, this) {}
  ~CommitThread();
  CommitThread(const CommitThread&) = delete;
  CommitThread& operator=(const CommitThread&) = delete;

  // OK once the batch is on disk.
  Async<absl::Status> Commit(WriteBatch batch);

 private:
  struct Waiting {
    WriteBatch batch;
    size_t bytes = 0;
    Completion<absl::Status> done;
  };

  absl::Status Enqueue(WriteBatch batch, const Completion<absl::Status>& done);
  void Run();
  // What shares the next synced write; empty when the thread is to end.
  std::deque<Waiting> Take();

  Database& database_;
  Mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_ GUARDED_BY(mutex_);
  size_t waiting_bytes_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hearth::controller
