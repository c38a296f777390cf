// Taking up what earlier runs left.
#include <algorithm>

#include "common/errors.h"
#include "common/log.h"
#include "controller/queues/queues.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {
namespace {

using std::chrono::milliseconds;

constexpr size_t kScanPage = 5000;

absl::Status ForEach(const Database& database, std::string_view prefix,
                     const std::function<absl::Status(const KeyValue&)>& visit) {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const auto page, database.Scan(prefix, after, kScanPage));
    for (const KeyValue& pair : page) RETURN_IF_ERROR(visit(pair));
    if (page.size() < kScanPage) return absl::OkStatus();
    after = page.back().key;
  }
}

// What is left until a time, as far as two clocks can tell: never negative, never more than it was.
milliseconds TimeLeft(int64_t until_ms, int64_t now_ms, milliseconds whole) {
  return std::clamp(milliseconds(until_ms - now_ms), milliseconds(0), whole);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Queues>> Queues::Open(QueueOptions options, Database& database, CommitThread& commits,
                                                     Clock& clock, Random& random) {
  auto queues = std::make_unique<Queues>(std::move(options), database, commits, clock, random);
  RETURN_IF_ERROR(queues->Load());
  return queues;
}

absl::Status Queues::Load() {
  MutexLock lock(mutex_);
  const absl::StatusOr<std::string> reserved = database_.Get(kQueueNumbersKey);
  if (reserved.ok()) {
    const std::optional<uint64_t> number = ParseQueueStateKey(std::string(kQueueStatePrefix) + *reserved);
    if (!number) return absl::DataLossError("the numbers of queues cannot be read");
    next_number_ = *number;
  } else if (!absl::IsNotFound(reserved.status())) {
    return reserved.status();
  }
  reserved_below_ = reserving_below_ = next_number_;
  RETURN_IF_ERROR(LoadQueues());
  RETURN_IF_ERROR(LoadMessages());
  RETURN_IF_ERROR(LoadWindow());
  return LoadMoves();
}

absl::Status Queues::LoadQueues() {
  return ForEach(database_, kQueuePrefix, [&](const KeyValue& pair) -> absl::Status {
    ASSIGN_OR_RETURN(auto row, ParseRecord<records::Queue>(pair.key, pair.value));
    const QueueId id = IdOf(row);
    const bool fifo = row.fifo();
    auto slot = std::make_unique<Slot>(std::make_shared<const records::Queue>(std::move(row)), fifo);
    by_number_[slot->row->id()] = slot.get();
    slots_[id] = std::move(slot);
    return absl::OkStatus();
  });
}

absl::Status Queues::LoadMessages() {
  const int64_t now_ms = UnixMillis(clock_.Wall());
  const MonotonicTime now = clock_.Monotonic();
  return ForEach(database_, kQueueStatePrefix, [&](const KeyValue& pair) -> absl::Status {
    const std::optional<uint64_t> number = ParseQueueStateKey(pair.key);
    if (!number) return absl::DataLossError(pair.key + " is no key of a message");
    ASSIGN_OR_RETURN(const auto state, ParseRecord<records::QueueMessageState>(pair.key, pair.value));
    next_number_ = std::max({next_number_, *number + 1, state.message() + 1});
    ++messages_;
    Slot* const slot = FindSlot(state.queue_id());
    // Its queue was deleted or purged, and the process ended before its rows were removed.
    if (slot == nullptr || *number < slot->row->purged_below()) {
      discarded_.emplace_back(*number, state.message());
      return absl::OkStatus();
    }
    slot->index.Add(MessageOf(*number, state, now_ms, now));
    return absl::OkStatus();
  });
}

IndexedMessage Queues::MessageOf(uint64_t number, const records::QueueMessageState& state, int64_t now_ms,
                                 MonotonicTime now) const {
  IndexedMessage message;
  message.number = number;
  message.message = state.message();
  message.secret = state.secret();
  message.kept_since_ms = state.kept_since_ms();
  message.kept_since = now - milliseconds(std::max<int64_t>(0, now_ms - state.kept_since_ms()));
  message.first_received_ms = state.first_received_ms();
  message.received = now;
  message.receives = state.receives();
  message.group = state.group();
  message.hidden_seconds = state.hidden_seconds();
  if (!state.dead_letter_source().empty())
    message.dead_letter_source = std::make_shared<const std::string>(state.dead_letter_source());
  const milliseconds left = TimeLeft(state.hidden_until_ms(), now_ms, std::chrono::seconds(state.hidden_seconds()));
  if (left == milliseconds(0)) return message;
  message.state = state.delayed() ? IndexedMessage::State::kDelayed : IndexedMessage::State::kInFlight;
  message.hidden_until = now + left;
  return message;
}

absl::Status Queues::LoadWindow() {
  const int64_t now_ms = UnixMillis(clock_.Wall());
  const MonotonicTime now = clock_.Monotonic();
  const milliseconds whole = DedupWindow::kLength;
  return ForEach(database_, kQueueDedupPrefix, [&](const KeyValue& pair) -> absl::Status {
    ASSIGN_OR_RETURN(const auto row, ParseRecord<records::QueueDeduplication>(pair.key, pair.value));
    const milliseconds left = TimeLeft(row.sent_ms() + whole.count(), now_ms, whole);
    window_.Remember({row.queue_id(), row.key()}, {row.message_id(), row.message(), now + left});
    return absl::OkStatus();
  });
}

absl::Status Queues::LoadMoves() {
  const MonotonicTime now = clock_.Monotonic();
  WriteBatch orphans;
  RETURN_IF_ERROR(ForEach(database_, kQueueMovePrefix, [&](const KeyValue& pair) -> absl::Status {
    ASSIGN_OR_RETURN(auto task, ParseRecord<records::QueueMoveTask>(pair.key, pair.value));
    const std::optional<QueueId> source = QueueOfArn(task.source_arn(), options_.region);
    if (source && FindSlot(*source) != nullptr) {
      moves_[pair.key] = {std::move(task), 0, now};
    } else {  // the process ended before its row was removed
      orphans.Delete(pair.key);
    }
    return absl::OkStatus();
  }));
  Post(std::move(orphans));
  return absl::OkStatus();
}

}  // namespace hearth::controller
