// Giving messages out: at once, or when there are some.
#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "common/log.h"
#include "controller/queues/queues.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {
namespace {

using Decision = MessageIndex::Decision;

constexpr std::chrono::minutes kAttemptLength{5};
constexpr size_t kMaxAttempts = 1000;

}  // namespace

Async<absl::StatusOr<std::vector<ReceivedMessage>>> Queues::Receive(QueueId id, ReceiveRequest request) {
  auto waiter = std::make_shared<Waiter>();
  waiter->deadline = clock_.Monotonic() + request.wait;
  waiter->request = std::move(request);
  absl::Status refused;
  {
    MutexLock lock(mutex_);
    Slot* const slot = FindSlot(id);
    if (slot == nullptr) {
      refused = QueueProblemError(QueueProblem::kNoQueue, "The specified queue does not exist.");
    } else if (!Serve(*slot, waiter)) {
      const bool waits = waiter->request.wait > std::chrono::seconds(0) && !stopping_;
      if (!waits && !slot->row->fifo() && slot->index.counts().in_flight >= kMaxInFlight) {
        refused = QueueProblemError(QueueProblem::kTooMany, "Too many messages in flight.");
      } else if (waits && waiters_ >= kMaxWaiters) {
        refused = absl::ResourceExhaustedError("too many receive calls wait");
      } else if (waits) {
        slot->waiters.Add(waiter);
        ++waiters_;
        Schedule(*slot);
      } else {
        waiter->done.Set(std::vector<ReceivedMessage>());
      }
    }
    FeedOthers();
  }
  if (!refused.ok()) co_return refused;
  absl::StatusOr<std::vector<ReceivedMessage>> messages = co_await waiter->done.Wait();
  co_return messages;
}

bool Queues::Serve(Slot& slot, const WaiterPtr& waiter) {
  WriteBatch batch;
  slot.index.ShowDue(clock_.Monotonic());
  if (!Repeat(slot, *waiter, batch)) {
    slot.index.Offer([&](IndexedMessage& message) { return Decide(slot, *waiter, message, batch); });
  }
  if (waiter->taken.empty()) {
    Post(std::move(batch));
    return false;
  }
  if (slot.row->fifo() && !waiter->request.attempt_id.empty()) RememberAttempt(slot, *waiter);
  Answer(waiter, std::move(batch));
  return true;
}

void Queues::RememberAttempt(Slot& slot, const Waiter& waiter) {
  if (slot.attempts.size() >= kMaxAttempts) {
    const auto sooner = [](const auto& a, const auto& b) { return a.second.until < b.second.until; };
    slot.attempts.erase(std::min_element(slot.attempts.begin(), slot.attempts.end(), sooner));
  }
  slot.attempts[waiter.request.attempt_id] = {clock_.Monotonic() + kAttemptLength, waiter.taken};
}

// A client that repeats an attempt gets what it did not hear of the first time, while nobody else touched it.
bool Queues::Repeat(Slot& slot, Waiter& waiter, WriteBatch& batch) {
  const auto found = slot.attempts.find(waiter.request.attempt_id);
  if (waiter.request.attempt_id.empty() || found == slot.attempts.end()) return false;
  const Attempt attempt = found->second;
  const MonotonicTime now = clock_.Monotonic();
  const auto still_out = [&](const Taken& taken) {
    const IndexedMessage* message = slot.index.Find(taken.state);
    return message != nullptr && !message->leaving && message->state == IndexedMessage::State::kInFlight &&
           message->receives == taken.receives;
  };
  if (attempt.until <= now || !std::all_of(attempt.taken.begin(), attempt.taken.end(), still_out)) {
    slot.attempts.erase(found);
    return false;
  }
  const auto visibility = waiter.request.visibility.value_or(std::chrono::seconds(slot.row->visibility_seconds()));
  for (const Taken& taken : attempt.taken) {
    IndexedMessage& message = *slot.index.Find(taken.state);
    message.hidden_seconds = static_cast<int32_t>(visibility.count());
    slot.index.Hide(message, now + visibility);
    StageState(slot, message, batch);
  }
  waiter.taken = attempt.taken;
  return true;
}

Decision Queues::Decide(Slot& slot, Waiter& waiter, IndexedMessage& message, WriteBatch& batch) {
  const MonotonicTime now = clock_.Monotonic();
  const size_t most = slot.row->fifo() ? kMaxFifoInFlight : kMaxInFlight;
  if (waiter.taken.size() >= waiter.request.limit || slot.index.counts().in_flight >= most) return Decision::kStop;
  if (message.kept_since + std::chrono::seconds(slot.row->retention_seconds()) <= now) {
    StageRemoval(message, batch);
    --messages_;
    return Decision::kRemoved;
  }
  if (MoveToDeadLetters(slot, message, batch)) return Decision::kRemoved;
  Take(slot, waiter, message, batch);
  return Decision::kTaken;
}

void Queues::Take(Slot& slot, Waiter& waiter, IndexedMessage& message, WriteBatch& batch) {
  const MonotonicTime now = clock_.Monotonic();
  const auto visibility = waiter.request.visibility.value_or(std::chrono::seconds(slot.row->visibility_seconds()));
  ++message.receives;
  if (message.first_received_ms == 0) message.first_received_ms = UnixMillis(clock_.Wall());
  message.received = now;
  message.hidden_until = now + visibility;
  message.hidden_seconds = static_cast<int32_t>(visibility.count());
  StageState(slot, message, batch);
  const ReceiptHandle handle{slot.row->id(), message.number, message.secret, message.receives};
  waiter.taken.push_back({message.message, message.number, handle.ToString(), message.receives,
                          message.first_received_ms, message.dead_letter_source});
}

bool Queues::MoveToDeadLetters(const Slot& slot, const IndexedMessage& message, WriteBatch& batch) {
  if (slot.row->dead_letter_arn().empty() || message.receives < slot.row->max_receives()) return false;
  const std::optional<QueueId> id = QueueOfArn(slot.row->dead_letter_arn(), options_.region);
  Slot* const target = id ? FindSlot(*id) : nullptr;
  // Nowhere to go: it stays, and is given out again.
  if (target == nullptr || target == &slot || target->row->fifo() != slot.row->fifo()) return false;
  MoveInto(*target, message, std::make_shared<const std::string>(QueueArn(options_.region, IdOf(*slot.row))), batch);
  batch.Delete(QueueStateKey(message.number));
  return true;
}

void Queues::MoveInto(Slot& target, const IndexedMessage& message, std::shared_ptr<const std::string> source,
                      WriteBatch& batch) {
  IndexedMessage moved;
  moved.number = NextNumber(batch);
  moved.message = message.message;
  moved.secret = message.secret;
  // Where order counts the time starts anew; else a message grows no older by being moved.
  const bool anew = target.row->fifo();
  moved.kept_since = anew ? clock_.Monotonic() : message.kept_since;
  moved.kept_since_ms = anew ? UnixMillis(clock_.Wall()) : message.kept_since_ms;
  moved.group = message.group;
  moved.dead_letter_source = std::move(source);
  StageState(target, moved, batch);
  hungry_.insert(target.row->id());
  target.index.Add(std::move(moved));
}

void Queues::StageRemoval(const IndexedMessage& message, WriteBatch& batch) {
  batch.Delete(QueueStateKey(message.number));
  batch.Delete(QueueMessageKey(message.message));
}

// Whether the write succeeds does not matter to whoever gets the messages: without it they may come once more.
void Queues::Answer(const WaiterPtr& waiter, WriteBatch batch) {
  ++answering_;
  const auto answer = [this, waiter](const absl::Status&) {
    const auto read = [this, waiter] {
      waiter->done.Set(Read(waiter->taken));
      MutexLock lock(mutex_);
      --answering_;
      answered_.notify_all();
    };
    if (!readers_.Submit(read).ok()) read();
  };
  if (commits_.Post(std::move(batch), WriteSync::kBuffered, answer).ok()) return;
  --answering_;
  unanswered_.push_back(waiter);
  woken_ = true;
  happened_.notify_one();
}

std::vector<ReceivedMessage> Queues::Read(const std::vector<Taken>& taken) const {
  std::vector<ReceivedMessage> messages;
  for (const Taken& one : taken) {
    const std::string key = QueueMessageKey(one.message);
    const absl::StatusOr<std::string> row = database_.Get(key);
    const auto message = row.ok() ? ParseRecord<records::QueueMessage>(key, *row) : row.status();
    if (!message.ok()) {  // purged or deleted a moment ago
      if (!absl::IsNotFound(message.status()))
        LogError("a message cannot be read", {{"key", key}, {"error", message.status().ToString()}});
      continue;
    }
    messages.push_back({*message, one.receipt, one.message, one.receives, one.first_received_ms,
                        one.dead_letter_source ? *one.dead_letter_source : ""});
  }
  return messages;
}

void Queues::Feed(Slot& slot) {
  while (!slot.waiters.empty()) {
    const WaiterPtr waiter = slot.waiters.first();
    const bool abandoned = waiter->request.abandoned && waiter->request.abandoned();
    if (abandoned) {
      AnswerWithNothing(slot, waiter);
      continue;
    }
    if (!Serve(slot, waiter)) break;
    slot.waiters.Remove(waiter);
    --waiters_;
  }
  Schedule(slot);
}

void Queues::AnswerWithNothing(Slot& slot, const WaiterPtr& waiter) {
  slot.waiters.Remove(waiter);
  --waiters_;
  Answer(waiter, {});
}

void Queues::Line::Add(const WaiterPtr& waiter) {
  waiter->turn = next_turn_++;
  waiters_[waiter->turn] = waiter;
  deadlines_.emplace(waiter->deadline, waiter->turn);
}

void Queues::Line::Remove(const WaiterPtr& waiter) {
  deadlines_.erase({waiter->deadline, waiter->turn});
  waiters_.erase(waiter->turn);
}

std::optional<MonotonicTime> Queues::Line::due() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

void Queues::FeedOthers() {
  for (int round = 0; round < 100 && !hungry_.empty(); ++round) {  // dead-letter queues may have one, too
    Slot* const slot = FindSlot(*hungry_.begin());
    hungry_.erase(hungry_.begin());
    if (slot != nullptr) Feed(*slot);
  }
}

}  // namespace hearth::controller
