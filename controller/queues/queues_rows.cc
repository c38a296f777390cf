// Queues themselves: making, changing, emptying and deleting them.
#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "controller/queues/queues.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

constexpr char kNoQueue[] = "The specified queue does not exist.";
constexpr int kReaderThreads = 2;
constexpr size_t kMaxWaitingReads = 20'000;
// Numbers that were never used are lost with the process: this many at most.
constexpr uint64_t kNumbersAtOnce = 1'000'000;

}  // namespace

Queues::Queues(QueueOptions options, Database& database, CommitThread& commits, Clock& clock, Random& random)
    : options_(std::move(options)),
      database_(database),
      commits_(commits),
      clock_(clock),
      random_(random),
      window_(options_.max_remembered),
      readers_("queue reader", kReaderThreads, kMaxWaitingReads) {}

Queues::~Queues() { Stop(); }

void Queues::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    for (auto& [id, slot] : slots_) {
      while (!slot->waiters.empty()) AnswerWithNothing(*slot, slot->waiters.first());
    }
  }
  commits_.Drain();
  std::vector<WaiterPtr> unanswered;
  {
    MutexLock lock(mutex_);
    answered_.wait(lock.native(), [this] { return answering_ == 0; });
    unanswered.swap(unanswered_);
  }
  for (const WaiterPtr& waiter : unanswered) waiter->done.Set(Read(waiter->taken));
}

Queues::Slot* Queues::FindSlot(const QueueId& id) const {
  const auto found = slots_.find(id);
  return found == slots_.end() ? nullptr : found->second.get();
}

Queues::Slot* Queues::FindSlot(uint64_t queue) const {
  const auto found = by_number_.find(queue);
  return found == by_number_.end() ? nullptr : found->second;
}

absl::StatusOr<Queues::Slot*> Queues::SlotOf(const QueueId& id) const {
  Slot* const slot = FindSlot(id);
  if (slot == nullptr) return QueueProblemError(QueueProblem::kNoQueue, kNoQueue);
  return slot;
}

uint64_t Queues::NextNumber(WriteBatch& batch) {
  if (next_number_ >= reserved_below_) {
    if (next_number_ >= reserving_below_) reserving_below_ = next_number_ + kNumbersAtOnce;
    batch.Put(std::string(kQueueNumbersKey), fmt::format("{:016x}", reserving_below_));
  }
  return next_number_++;
}

void Queues::Post(WriteBatch batch) {
  if (batch.changes.empty()) return;
  // Refused only while the disk cannot follow: what this would have written is done again after the next start.
  commits_.Post(std::move(batch), WriteSync::kBuffered, [](const absl::Status&) {}).IgnoreError();
}

absl::StatusOr<QueuePtr> Queues::Find(const QueueId& id) const {
  MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(const Slot* slot, SlotOf(id));
  return slot->row;
}

std::vector<QueuePtr> Queues::List(const std::string& account, const std::string& prefix, const std::string& after,
                                   size_t limit) const {
  std::vector<QueuePtr> list;
  MutexLock lock(mutex_);
  for (auto it = slots_.lower_bound({account, prefix}); it != slots_.end() && list.size() < limit; ++it) {
    if (it->first.account != account || !it->first.name.starts_with(prefix)) break;
    if (it->first.name > after) list.push_back(it->second->row);
  }
  return list;
}

std::vector<QueuePtr> Queues::DeadLetterSources(const QueueId& id, const std::string& after, size_t limit) const {
  const std::string arn = QueueArn(options_.region, id);
  std::vector<QueuePtr> list;
  MutexLock lock(mutex_);
  for (auto it = slots_.upper_bound({id.account, after}); it != slots_.end() && list.size() < limit; ++it) {
    if (it->first.account != id.account) break;
    if (it->second->row->dead_letter_arn() == arn) list.push_back(it->second->row);
  }
  return list;
}

absl::StatusOr<QueuePtr> Queues::Create(records::Queue queue) {
  const QueueId id = IdOf(queue);
  MutexLock writer(writer_);
  WriteBatch batch;
  uint64_t reserved_below = 0;
  {
    MutexLock lock(mutex_);
    if (FindSlot(id) != nullptr) return QueueProblemError(QueueProblem::kNameTaken, "The queue exists.");
    const auto rests = deleted_.find(id);
    if (rests != deleted_.end() && rests->second > clock_.Monotonic()) {
      return QueueProblemError(
          QueueProblem::kDeletedRecently,
          "You must wait 60 seconds after deleting a queue before you can create another with the same name.");
    }
    if (slots_.size() >= kMaxQueues)
      return QueueProblemError(QueueProblem::kTooMany, fmt::format("There are {} queues already.", kMaxQueues));
    queue.set_id(NextNumber(batch));
    reserved_below = ReservedWith(queue.id());
  }
  queue.set_created_ms(UnixMillis(clock_.Wall()));
  queue.set_modified_ms(queue.created_ms());
  batch.Put(QueueKey(id.account, id.name), queue.SerializeAsString());
  RETURN_IF_ERROR(commits_.WriteNow(std::move(batch), WriteSync::kSynced));
  const auto row = std::make_shared<const records::Queue>(std::move(queue));
  MutexLock lock(mutex_);
  reserved_below_ = std::max(reserved_below_, reserved_below);
  auto slot = std::make_unique<Slot>(row, row->fifo());
  by_number_[row->id()] = slot.get();
  slots_[id] = std::move(slot);
  deleted_.erase(id);
  return QueuePtr(row);
}

absl::StatusOr<QueuePtr> Queues::Update(const QueueId& id, const Change& change) {
  MutexLock writer(writer_);
  ASSIGN_OR_RETURN(const QueuePtr old, Find(id));
  records::Queue changed = *old;
  RETURN_IF_ERROR(change(changed));
  changed.set_modified_ms(UnixMillis(clock_.Wall()));
  WriteBatch batch;
  batch.Put(QueueKey(id.account, id.name), changed.SerializeAsString());
  RETURN_IF_ERROR(commits_.WriteNow(std::move(batch), WriteSync::kSynced));
  const auto row = std::make_shared<const records::Queue>(std::move(changed));
  MutexLock lock(mutex_);
  Slot* const slot = FindSlot(id);
  slot->row = row;
  Feed(*slot);
  FeedOthers();
  return QueuePtr(row);
}

absl::Status Queues::Delete(const QueueId& id) {
  MutexLock writer(writer_);
  RETURN_IF_ERROR(Find(id).status());
  WriteBatch batch;
  batch.Delete(QueueKey(id.account, id.name));
  RETURN_IF_ERROR(commits_.WriteNow(std::move(batch), WriteSync::kSynced));
  {
    MutexLock lock(mutex_);
    DropSlot(id);
  }
  Wake();
  return absl::OkStatus();
}

void Queues::DropSlot(const QueueId& id) {
  const auto found = slots_.find(id);
  Slot& slot = *found->second;
  for (const IndexedMessage* message : slot.index.All()) Discard(*message);
  while (!slot.waiters.empty()) AnswerWithNothing(slot, slot.waiters.first());
  WriteBatch tasks;
  const std::string arn = QueueArn(options_.region, id);
  std::erase_if(moves_, [&](const auto& move) {
    const bool of_it = move.second.task.source_arn() == arn;
    if (of_it) tasks.Delete(move.first);
    return of_it;
  });
  Post(std::move(tasks));
  if (slot.due) schedule_.erase({*slot.due, slot.row->id()});
  by_number_.erase(slot.row->id());
  slots_.erase(found);
  const MonotonicTime now = clock_.Monotonic();
  std::erase_if(deleted_, [&](const auto& rests) { return rests.second <= now; });
  deleted_[id] = now + kRepose;
}

void Queues::Discard(const IndexedMessage& message) { discarded_.emplace_back(message.number, message.message); }

absl::Status Queues::Purge(const QueueId& id) {
  MutexLock writer(writer_);
  const MonotonicTime now = clock_.Monotonic();
  records::Queue changed;
  {
    MutexLock lock(mutex_);
    ASSIGN_OR_RETURN(const Slot* slot, SlotOf(id));
    if (slot->purged > now) {
      return QueueProblemError(
          QueueProblem::kPurgedRecently,
          fmt::format("Only one PurgeQueue operation on {} is allowed every 60 seconds.", id.name));
    }
    changed = *slot->row;
    changed.set_purged_below(next_number_);
  }
  WriteBatch batch;
  batch.Put(QueueKey(id.account, id.name), changed.SerializeAsString());
  RETURN_IF_ERROR(commits_.WriteNow(std::move(batch), WriteSync::kSynced));
  {
    MutexLock lock(mutex_);
    Slot& slot = *FindSlot(id);
    slot.row = std::make_shared<const records::Queue>(std::move(changed));
    slot.purged = now + kRepose;
    std::vector<uint64_t> gone;
    for (const IndexedMessage* message : slot.index.All()) {
      if (message->number >= slot.row->purged_below()) continue;
      Discard(*message);
      gone.push_back(message->number);
    }
    for (const uint64_t number : gone) slot.index.Remove(number);
  }
  Wake();
  return absl::OkStatus();
}

absl::StatusOr<QueueCounts> Queues::Counts(const QueueId& id) {
  MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(Slot* const slot, SlotOf(id));
  slot->index.ShowDue(clock_.Monotonic());
  const MessageIndex::Counts counts = slot->index.counts();
  return QueueCounts{counts.visible, counts.delayed, counts.in_flight};
}

}  // namespace hearth::controller
