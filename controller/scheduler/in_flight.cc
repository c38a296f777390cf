#include "controller/scheduler/in_flight.h"

#include <map>
#include <utility>

namespace hearth::controller {

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
    pending_.emplace(id, Pending{placement, give_up_at, completion});
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
