// What happens by itself: waits that end, messages that become visible or too old, rows that nobody needs.
#include <algorithm>

#include "common/crypto.h"
#include "common/log.h"
#include "controller/queues/queues.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

constexpr std::chrono::seconds kSweepPeriod{1};
constexpr std::chrono::milliseconds kMovePeriod{100};
constexpr size_t kSweptAtOnce = 1000;
constexpr size_t kRemovedAtOnce = 2000;

}  // namespace

// Its place among the queues that wait for a time: only those whose messages someone waits for.
void Queues::Schedule(Slot& slot) {
  std::optional<MonotonicTime> due = slot.waiters.due();
  if (const std::optional<MonotonicTime> hidden = slot.index.NextDue(); due && hidden) due = std::min(*due, *hidden);
  if (due == slot.due) return;
  const bool sooner = due && (schedule_.empty() || *due < schedule_.begin()->first);
  if (slot.due) schedule_.erase({*slot.due, slot.row->id()});
  if (due) schedule_.insert({*due, slot.row->id()});
  slot.due = due;
  if (!sooner) return;
  woken_ = true;
  happened_.notify_one();
}

void Queues::AnswerLate(Slot& slot, MonotonicTime now) {
  while (!slot.waiters.empty() && *slot.waiters.due() <= now) AnswerWithNothing(slot, slot.waiters.soonest());
}

std::optional<MonotonicTime> Queues::RunOnce() {
  std::vector<WaiterPtr> unanswered;
  const MonotonicTime now = clock_.Monotonic();
  std::optional<MonotonicTime> next;
  {
    MutexLock lock(mutex_);
    woken_ = false;
    unanswered.swap(unanswered_);
    while (!schedule_.empty() && schedule_.begin()->first <= now) {
      Slot* const slot = FindSlot(schedule_.begin()->second);
      slot->due.reset();
      schedule_.erase(schedule_.begin());
      Feed(*slot);
      AnswerLate(*slot, now);
      Schedule(*slot);
    }
    if (now >= next_sweep_) Sweep(now);
    RunMoves(now);
    FeedOthers();
    RemoveDiscarded();
    next = NextTime(now);
  }
  for (const WaiterPtr& waiter : unanswered) waiter->done.Set(Read(waiter->taken));
  return next;
}

std::optional<MonotonicTime> Queues::NextTime(MonotonicTime now) const {
  std::optional<MonotonicTime> next;
  const auto sooner = [&](MonotonicTime time) { next = std::min(next.value_or(time), time); };
  if (!slots_.empty()) sooner(next_sweep_);
  if (!schedule_.empty()) sooner(schedule_.begin()->first);
  if (!discarded_.empty() || !hungry_.empty()) sooner(now);
  const auto runs = [](const auto& move) { return move.second.task.status() == records::QueueMoveTask::RUNNING; };
  if (std::any_of(moves_.begin(), moves_.end(), runs)) sooner(now + kMovePeriod);
  return next;
}

void Queues::Sweep(MonotonicTime now) {
  WriteBatch batch;
  bool more = false;
  for (auto& [id, slot] : slots_) more |= SweepSlot(*slot, now, batch);
  const std::vector<DedupWindow::Key> over = window_.TakeOver(now, kSweptAtOnce);
  for (const DedupWindow::Key& key : over) batch.Delete(QueueDedupKey(key.first, Sha256Hex(key.second)));
  more |= over.size() == kSweptAtOnce;
  next_sweep_ = more ? now : now + kSweepPeriod;
  Post(std::move(batch));
}

bool Queues::SweepSlot(Slot& slot, MonotonicTime now, WriteBatch& batch) {
  const MonotonicTime oldest = now - std::chrono::seconds(slot.row->retention_seconds());
  const std::vector<uint64_t> old = slot.index.KeptSinceBefore(oldest, kSweptAtOnce);
  size_t removed = 0;
  for (const uint64_t number : old) {
    const IndexedMessage* message = slot.index.Find(number);
    if (message->leaving) continue;
    StageRemoval(*message, batch);
    slot.index.Remove(number);
    --messages_;
    ++removed;
  }
  std::erase_if(slot.attempts, [&](const auto& attempt) { return attempt.second.until <= now; });
  if (!old.empty()) Feed(slot);
  return removed == kSweptAtOnce;
}

void Queues::RemoveDiscarded() {
  WriteBatch batch;
  for (size_t removed = 0; removed < kRemovedAtOnce && !discarded_.empty(); ++removed) {
    batch.Delete(QueueStateKey(discarded_.front().first));
    batch.Delete(QueueMessageKey(discarded_.front().second));
    discarded_.pop_front();
    --messages_;
  }
  Post(std::move(batch));
}

void Queues::Wait(std::optional<MonotonicTime> until) {
  MutexLock lock(mutex_);
  const auto something = [this] { return woken_; };
  if (!until) return happened_.wait(lock.native(), something);
  const auto left = std::clamp<MonotonicTime::duration>(*until - clock_.Monotonic(), MonotonicTime::duration(0),
                                                        std::chrono::hours(1));
  happened_.wait_for(lock.native(), left, something);
}

void Queues::Wake() {
  {
    MutexLock lock(mutex_);
    woken_ = true;
  }
  happened_.notify_one();
}

}  // namespace hearth::controller
