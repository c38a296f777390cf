#include "controller/store/commit_thread.h"

#include <iterator>
#include <optional>
#include <utility>

#include "common/errors.h"
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
  absl::Status refused =
      Post(std::move(batch), WriteSync::kSynced, [done](const absl::Status& written) mutable { done.Set(written); });
  if (!refused.ok()) co_return refused;
  absl::Status status = co_await done.Wait();
  co_return status;
}

absl::Status CommitThread::Post(WriteBatch batch, WriteSync sync, Done done) {
  const size_t bytes = BytesOf(batch);
  {
    MutexLock lock(mutex_);
    if (waiting_bytes_ + bytes > kMaxWaitingBytes)
      return absl::ResourceExhaustedError("too many writes wait for the disk");
    waiting_bytes_ += bytes;
    waiting_.push_back({std::move(batch), bytes, sync, std::move(done)});
  }
  wake_.notify_one();
  return absl::OkStatus();
}

absl::Status CommitThread::WriteNow(WriteBatch batch, WriteSync sync) {
  Mutex mutex;
  std::condition_variable answered;
  std::optional<absl::Status> answer;
  RETURN_IF_ERROR(Post(std::move(batch), sync, [&](const absl::Status& written) {
    MutexLock lock(mutex);
    answer = written;
    answered.notify_one();
  }));
  MutexLock lock(mutex);
  answered.wait(lock.native(), [&] { return answer.has_value(); });
  return *answer;
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

absl::Status CommitThread::Write(std::deque<Waiting>& taken) {
  WriteBatch together;
  WriteSync sync = WriteSync::kBuffered;
  for (Waiting& one : taken) {
    if (one.sync == WriteSync::kSynced) sync = WriteSync::kSynced;
    together.changes.insert(together.changes.end(), std::make_move_iterator(one.batch.changes.begin()),
                            std::make_move_iterator(one.batch.changes.end()));
  }
  if (together.changes.empty()) return absl::OkStatus();
  FAILPOINT("async.before_commit");
  absl::Status status = database_.Write(together, sync);
  FAILPOINT("async.after_commit");
  return status;
}

void CommitThread::Run() {
  while (true) {
    std::deque<Waiting> taken = Take();
    if (taken.empty()) return;
    const absl::Status status = Write(taken);
    for (Waiting& one : taken) one.done(status);
  }
}

}  // namespace hearth::controller
