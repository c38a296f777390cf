#include "controller/async/commit_thread.h"

#include <utility>

#include "common/failpoint.h"

namespace hearth::controller {
namespace {

size_t BytesOf(const WriteBatch& batch) {
  size_t bytes = 0;
  for (const WriteBatch::Change& change : batch.changes)
    bytes += change.key.size() + (change.value ? change.value->size() : 0);
  return bytes;
}

}  // namespace

CommitThread::~CommitThread() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

Async<absl::Status> CommitThread::Commit(WriteBatch batch) {
  Completion<absl::Status> done;
  if (absl::Status refused = Enqueue(std::move(batch), done); !refused.ok()) co_return refused;
  absl::Status status = co_await done.Wait();
  co_return status;
}

absl::Status CommitThread::Enqueue(WriteBatch batch, const Completion<absl::Status>& done) {
  const size_t bytes = BytesOf(batch);
  {
    MutexLock lock(mutex_);
    if (waiting_bytes_ + bytes > kMaxWaitingBytes)
      return absl::ResourceExhaustedError("too many writes wait for the disk");
    waiting_bytes_ += bytes;
    waiting_.push_back({std::move(batch), bytes, done});
  }
  wake_.notify_one();
  return absl::OkStatus();
}

std::deque<CommitThread::Waiting> CommitThread::Take() {
  MutexLock lock(mutex_);
  wake_.wait(lock.native(), [this] { return stopping_ || !waiting_.empty(); });
  std::deque<Waiting> taken;
  size_t bytes = 0;
  while (!waiting_.empty() && taken.size() < kMaxBatchWrites && bytes < kMaxBatchBytes) {
    bytes += waiting_.front().bytes;
    taken.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  waiting_bytes_ -= bytes;
  return taken;
}

void CommitThread::Run() {
  while (true) {
    std::deque<Waiting> taken = Take();
    if (taken.empty()) return;
    WriteBatch together;
    for (Waiting& one : taken) {
      together.changes.insert(together.changes.end(), std::make_move_iterator(one.batch.changes.begin()),
                              std::make_move_iterator(one.batch.changes.end()));
    }
    FAILPOINT("async.before_commit");
    const absl::Status status = database_.Write(together, WriteSync::kSynced);
    FAILPOINT("async.after_commit");
    for (Waiting& one : taken) one.done.Set(status);
  }
}

}  // namespace hearth::controller
