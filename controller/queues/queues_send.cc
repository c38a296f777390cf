// Taking messages.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "common/crypto.h"
#include "common/errors.h"
#include "controller/queues/queues.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

// What deduplication compares: within a group, or within the queue.
std::string DedupKeyOf(const records::Queue& queue, const records::QueueMessage& message) {
  if (!queue.deduplicates_by_group()) return message.deduplication_id();
  return fmt::format("{} {}", message.group(), message.deduplication_id());  // neither may hold a space
}

uint64_t RandomNumber(Random& random) {
  uint64_t number = 0;
  for (const char byte : random.Bytes(sizeof(number))) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

}  // namespace

// Messages on their way to the disk.
struct Queues::Sending {
  struct Repeated {
    size_t position = 0;
    DedupWindow::Key key;
  };
  uint64_t queue = 0;
  uint64_t reserved_below = 0;  // numbers, once it is written
  std::vector<IndexedMessage> fresh;
  std::vector<std::pair<DedupWindow::Key, uint64_t>> remembered;
  std::vector<Repeated> repeated;
  std::vector<absl::StatusOr<SentMessage>> results;
};

Async<Queues::SendResults> Queues::Send(QueueId id, std::vector<NewMessage> messages, WriteBatch with) {
  auto sending = std::make_shared<Sending>();
  Completion<absl::Status> done;
  absl::Status posted;
  const int64_t now_ms = UnixMillis(clock_.Wall());
  for (NewMessage& message : messages) {
    message.message.set_message_id(random_.Uuid());
    message.message.set_sent_ms(now_ms);
    message.row = message.message.SerializeAsString();
  }
  {
    MutexLock lock(mutex_);
    posted = StageSend(id, messages, *sending, with);
    if (posted.ok()) {
      const auto arrived = [this, sending, done](const absl::Status& written) mutable {
        Arrive(*sending, written);
        done.Set(written);
      };
      posted = commits_.Post(std::move(with), WriteSync::kSynced, arrived);
    }
  }
  if (!posted.ok()) {
    if (sending->queue != 0) Arrive(*sending, posted);
    co_return posted;
  }
  absl::Status written = co_await done.Wait();
  if (!written.ok()) co_return written;
  co_return std::move(sending->results);
}

absl::Status Queues::StageSend(const QueueId& id, std::vector<NewMessage>& messages, Sending& sending,
                               WriteBatch& batch) {
  ASSIGN_OR_RETURN(const Slot* slot, SlotOf(id));
  if (messages_ + messages.size() > options_.max_messages)
    return absl::ResourceExhaustedError("too many messages wait in queues");
  sending.queue = slot->row->id();
  for (NewMessage& message : messages) {
    if (!StageRepeated(*slot, message.message, sending)) StageOne(*slot, message, sending, batch);
  }
  if (!sending.fresh.empty()) sending.reserved_below = ReservedWith(sending.fresh.back().number);
  return absl::OkStatus();
}

bool Queues::StageRepeated(const Slot& slot, const records::QueueMessage& message, Sending& sending) {
  if (message.deduplication_id().empty() || !slot.row->fifo()) return false;
  const DedupWindow::Key key{slot.row->id(), DedupKeyOf(*slot.row, message)};
  const DedupWindow::Taken* taken = window_.Find(key, clock_.Monotonic());
  if (taken == nullptr) {
    if (!window_.full()) return false;
    sending.results.push_back(absl::ResourceExhaustedError("too many messages were sent within five minutes"));
    return true;
  }
  // The first one may still be on its way to the disk: this write comes after it.
  sending.repeated.push_back({sending.results.size(), key});
  sending.results.push_back(SentMessage{taken->message_id, taken->message});
  return true;
}

void Queues::StageOne(const Slot& slot, NewMessage& message, Sending& sending, WriteBatch& batch) {
  const MonotonicTime now = clock_.Monotonic();
  IndexedMessage entry;
  entry.number = entry.message = NextNumber(batch);
  entry.secret = RandomNumber(random_);
  entry.kept_since_ms = message.message.sent_ms();
  entry.kept_since = now;
  if (slot.row->fifo()) entry.group = message.message.group();
  const auto delay = message.delay.value_or(std::chrono::seconds(slot.row->delay_seconds()));
  if (delay > std::chrono::seconds(0)) {
    entry.state = IndexedMessage::State::kDelayed;
    entry.hidden_until = now + delay;
    entry.hidden_seconds = static_cast<int32_t>(delay.count());
  }
  batch.Put(QueueMessageKey(entry.message), std::move(message.row));
  StageState(slot, entry, batch);
  if (slot.row->fifo() && !message.message.deduplication_id().empty())
    RememberSent(slot, message.message, entry.message, sending, batch);
  ++messages_;
  sending.results.push_back(SentMessage{message.message.message_id(), entry.message});
  sending.fresh.push_back(std::move(entry));
}

void Queues::RememberSent(const Slot& slot, const records::QueueMessage& message, uint64_t number, Sending& sending,
                          WriteBatch& batch) {
  const DedupWindow::Key key{slot.row->id(), DedupKeyOf(*slot.row, message)};
  window_.Remember(key, {message.message_id(), number, clock_.Monotonic() + DedupWindow::kLength});
  sending.remembered.emplace_back(key, number);
  records::QueueDeduplication kept;
  kept.set_queue_id(key.first);
  kept.set_key(key.second);
  kept.set_message_id(message.message_id());
  kept.set_message(number);
  kept.set_sent_ms(message.sent_ms());
  batch.Put(QueueDedupKey(key.first, Sha256Hex(key.second)), kept.SerializeAsString());
}

void Queues::StageState(const Slot& slot, const IndexedMessage& message, WriteBatch& batch) const {
  records::QueueMessageState state;
  state.set_queue_id(slot.row->id());
  state.set_message(message.message);
  state.set_kept_since_ms(message.kept_since_ms);
  if (message.hidden_until != MonotonicTime{}) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(message.hidden_until - clock_.Monotonic());
    state.set_hidden_until_ms(UnixMillis(clock_.Wall()) + left.count());
    state.set_hidden_seconds(message.hidden_seconds);
    state.set_delayed(message.state == IndexedMessage::State::kDelayed);
  }
  state.set_receives(message.receives);
  state.set_first_received_ms(message.first_received_ms);
  state.set_secret(message.secret);
  state.set_group(message.group);
  if (message.dead_letter_source) state.set_dead_letter_source(*message.dead_letter_source);
  batch.Put(QueueStateKey(message.number), state.SerializeAsString());
}

void Queues::Arrive(Sending& sending, const absl::Status& written) {
  MutexLock lock(mutex_);
  Slot* const slot = FindSlot(sending.queue);
  if (!written.ok()) {
    for (const auto& [key, message] : sending.remembered) window_.Forget(key, message);
    messages_ -= sending.fresh.size();
    return;
  }
  reserved_below_ = std::max(reserved_below_, sending.reserved_below);
  if (slot == nullptr) {  // deleted meanwhile
    for (const IndexedMessage& message : sending.fresh) Discard(message);
    for (absl::StatusOr<SentMessage>& result : sending.results)
      result = QueueProblemError(QueueProblem::kNoQueue, "The specified queue does not exist.");
    return;
  }
  ArriveAt(*slot, sending);
}

void Queues::ArriveAt(Slot& slot, Sending& sending) {
  for (IndexedMessage& message : sending.fresh) {
    if (message.number < slot.row->purged_below()) {
      Discard(message);
    } else {
      slot.index.Add(std::move(message));
    }
  }
  const MonotonicTime now = clock_.Monotonic();
  for (const Sending::Repeated& repeated : sending.repeated) {
    const DedupWindow::Taken* taken = window_.Find(repeated.key, now);
    if (taken == nullptr) sending.results[repeated.position] = absl::UnavailableError("the first of them was not kept");
  }
  Feed(slot);
  FeedOthers();
}

}  // namespace hearth::controller
