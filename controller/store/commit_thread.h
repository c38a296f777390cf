// CommitThread makes writes durable together: while one synced write is on its way to the disk, those that come wait
// and share the next one.
//
// Errors:  the database's, for every write of the batch; ResourceExhausted when too many bytes wait.
// Threads: Post and Commit from any thread; what they call continues on the commit thread and must not block it. Writes
//          reach the database in the order in which they were posted. The destructor commits what waits.
// Limits:  kMaxBatchWrites and kMaxBatchBytes per synced write, kMaxWaitingBytes waiting.
// Source:  performance.md "Durable async accept".
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
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

  using Done = std::function<void(const absl::Status&)>;
  // Calls `done` on the commit thread once the batch is written: on disk if any write that went with it had to be.
  // When the answer is an error, `done` is never called. Never waits: callers may hold a lock that orders their posts.
  absl::Status Post(WriteBatch batch, WriteSync sync, Done done);
  // Posts and waits until it is written. Not on the commit thread.
  absl::Status WriteNow(WriteBatch batch, WriteSync sync);
  // Waits until everything posted so far is done with. Not on the commit thread.
  void Drain() { WriteNow({}, WriteSync::kBuffered).IgnoreError(); }

 private:
  struct Waiting {
    WriteBatch batch;
    size_t bytes = 0;
    WriteSync sync = WriteSync::kSynced;
    Done done;
  };

  void Run();
  // What shares the next write; empty when the thread is to end.
  std::deque<Waiting> Take();
  absl::Status Write(std::deque<Waiting>& taken);

  Database& database_;
  Mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_ GUARDED_BY(mutex_);
  size_t waiting_bytes_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hearth::controller
