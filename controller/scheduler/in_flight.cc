#include "controller/scheduler/in_flight.h"

#include <atomic>
#include <map>
#include <utility>

#include "common/limits.h"

namespace hearth::controller {

// Tells the worker how much its reader took. Small amounts are gathered: a credit costs a message.
class InFlight::Flow final : public ResponseFlow {
 public:
  Flow(WorkerCommands& workers, Placement placement, uint64_t invocation_id)
      : workers_(workers), placement_(std::move(placement)), invocation_id_(invocation_id) {}

  void Taken(int64_t bytes) override {
    const int64_t total = untold_.fetch_add(bytes) + bytes;
    if (total < kResponseWindowBytes / 4) return;
    Tell(untold_.exchange(0), /*discard=*/false);
  }
  void Discard() override { Tell(0, /*discard=*/true); }

 private:
  void Tell(int64_t bytes, bool discard) {
    node::ResponseCredit credit;
    credit.set_invocation_id(invocation_id_);
    credit.set_environment_id(placement_.environment_id);
    credit.set_bytes(bytes);
    credit.set_discard(discard);
    // A worker that is gone needs none; one whose link is full loses its session with everything under way.
    workers_.Credit(placement_.worker_id, credit).IgnoreError();
  }

  WorkerCommands& workers_;
  const Placement placement_;
  const uint64_t invocation_id_;
  std::atomic<int64_t> untold_{0};
};

InFlight::InFlight(WorkerCommands& workers, Clock& clock, Random& random)
    : workers_(workers), clock_(clock), next_id_(((random.Below(UINT32_MAX - 1) + 1) << 31) + 1) {}

Async<InFlight::Answer> InFlight::Send(Placement placement, Invocation& invocation,
                                       std::chrono::milliseconds patience) {
  Completion<Answer> completion;
  const MonotonicTime give_up_at = clock_.Monotonic() + patience;
  uint64_t id = 0;
  {
    MutexLock lock(mutex_);
    id = next_id_++;
    pending_.emplace(id, Pending{placement, give_up_at, completion, invocation.response});
  }
  invocation.message.set_invocation_id(id);
  invocation.message.set_environment_id(placement.environment_id);
  const absl::Status sent = workers_.Invoke(placement.worker_id, invocation);
  if (!sent.ok() && Take(placement.worker_id, id)) {
    const bool full = absl::IsResourceExhausted(sent);
    co_return Answer(full ? sent : absl::AbortedError(sent.message()));
  }
  Answer answer = co_await completion.Wait();
  co_return answer;
}

std::optional<InFlight::Pending> InFlight::Take(const std::string& worker_id, uint64_t invocation_id) {
  MutexLock lock(mutex_);
  const auto it = pending_.find(invocation_id);
  if (it == pending_.end() || it->second.placement.worker_id != worker_id) return std::nullopt;
  std::optional<Pending> pending(std::move(it->second));
  pending_.erase(it);
  return pending;
}

InFlight::Pending* InFlight::Find(const std::string& worker_id, uint64_t invocation_id) {
  const auto it = pending_.find(invocation_id);
  return it == pending_.end() || it->second.placement.worker_id != worker_id ? nullptr : &it->second;
}

std::optional<std::string> InFlight::EnvironmentOf(const std::string& worker_id, uint64_t invocation_id) const {
  MutexLock lock(mutex_);
  const auto it = pending_.find(invocation_id);
  if (it == pending_.end() || it->second.placement.worker_id != worker_id) return std::nullopt;
  return it->second.placement.environment_id;
}

void InFlight::Complete(const std::string& worker_id, node::InvocationResult result) {
  std::optional<Pending> whole;
  {
    MutexLock lock(mutex_);
    Pending* const pending = Find(worker_id, result.invocation_id());
    if (pending == nullptr) return;
    pending->result = std::move(result);
    whole = TakeWhole(worker_id, pending->result->invocation_id());
  }
  if (whole) whole->completion.Set(*std::move(whole->result));
}

// The two streams of a session have no order between them: a result may be here before the last pieces of its answer.
std::optional<InFlight::Pending> InFlight::TakeWhole(const std::string& worker_id, uint64_t invocation_id) {
  Pending* const found = Find(worker_id, invocation_id);
  if (found == nullptr || !found->result || found->streamed_bytes < found->result->streamed_bytes()) {
    return std::nullopt;
  }
  std::optional<Pending> whole(std::move(*found));
  pending_.erase(invocation_id);
  return whole;
}

void InFlight::PassOn(const std::string& worker_id, node::BulkChunk piece) {
  const std::shared_ptr<ResponseSink> response = CountPiece(worker_id, piece);
  if (response == nullptr) return;
  const uint64_t id = piece.invocation_id();
  if (piece.response() == node::BulkChunk::BEGIN) {
    const std::optional<std::string> environment_id = EnvironmentOf(worker_id, id);
    if (!environment_id) return;
    const Placement placement{worker_id, *environment_id};
    return response->OnBegin(std::move(*piece.mutable_data()), std::make_shared<Flow>(workers_, placement, id));
  }
  response->OnPiece(std::move(*piece.mutable_data()));
  std::optional<Pending> whole;
  {
    MutexLock lock(mutex_);
    whole = TakeWhole(worker_id, id);
  }
  if (whole) whole->completion.Set(*std::move(whole->result));
}

std::shared_ptr<ResponseSink> InFlight::CountPiece(const std::string& worker_id, const node::BulkChunk& piece) {
  MutexLock lock(mutex_);
  Pending* const pending = Find(worker_id, piece.invocation_id());
  if (pending == nullptr) return nullptr;
  if (piece.response() == node::BulkChunk::PIECE) pending->streamed_bytes += piece.data().size();
  return pending->response;
}

void InFlight::FailWorker(const std::string& worker_id) {
  FailWhere([&worker_id](const Pending& pending) { return pending.placement.worker_id == worker_id; },
            absl::UnavailableError("the worker was lost while the function ran"));
}

void InFlight::ExpireOverdue() {
  const MonotonicTime now = clock_.Monotonic();
  FailWhere([now](const Pending& pending) { return pending.give_up_at <= now; },
            absl::DeadlineExceededError("the worker did not answer in time"));
}

template <class Predicate>
void InFlight::FailWhere(Predicate predicate, const absl::Status& status) {
  std::map<uint64_t, Completion<Answer>> failed;  // the oldest first
  {
    MutexLock lock(mutex_);
    absl::erase_if(pending_, [&](const auto& entry) {
      if (!predicate(entry.second)) return false;
      failed.emplace(entry.first, entry.second.completion);
      return true;
    });
  }
  for (auto& [id, completion] : failed) completion.Set(status);
}

size_t InFlight::size() const {
  MutexLock lock(mutex_);
  return pending_.size();
}

}  // namespace hearth::controller
