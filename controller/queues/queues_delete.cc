// What consumers do to messages they hold: deleting them, and keeping them longer or shorter.
#include <fmt/format.h>

#include "common/errors.h"
#include "controller/queues/queues.h"

namespace hearth::controller {
namespace {

using State = IndexedMessage::State;

absl::Status Expired(const std::string& receipt) {
  return QueueProblemError(
      QueueProblem::kExpiredReceipt,
      fmt::format("Value {} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.", receipt));
}

// Longer than anything is hidden.
constexpr MonotonicTime kNever = MonotonicTime::max();

}  // namespace

// nullptr for a message that is gone.
absl::StatusOr<IndexedMessage*> Queues::OfReceipt(Slot& slot, const std::string& receipt, ReceiptHandle& handle) const {
  const std::optional<ReceiptHandle> parsed = ReceiptHandle::Parse(receipt);
  IndexedMessage* const message = parsed ? slot.index.Find(parsed->state) : nullptr;
  if (!parsed || parsed->queue != slot.row->id() || (message != nullptr && message->secret != parsed->secret)) {
    return QueueProblemError(QueueProblem::kInvalidReceipt,
                             fmt::format("The input receipt handle \"{}\" is not a valid receipt handle.", receipt));
  }
  handle = *parsed;
  return message;
}

Async<Queues::Answers> Queues::DeleteMessages(QueueId id, std::vector<std::string> receipts) {
  Completion<absl::Status> done;
  std::vector<absl::Status> answers;
  absl::Status posted;
  {
    MutexLock lock(mutex_);
    const absl::StatusOr<Slot*> slot = SlotOf(id);
    if (!slot.ok()) {
      posted = slot.status();
    } else {
      (*slot)->index.ShowDue(clock_.Monotonic());
      WriteBatch batch;
      auto leaving = std::make_shared<std::vector<Leaving>>();
      for (const std::string& receipt : receipts) answers.push_back(StageDelete(**slot, receipt, *leaving, batch));
      const uint64_t queue = (*slot)->row->id();
      const auto left = [this, queue, leaving, done](const absl::Status& written) mutable {
        {
          MutexLock inner(mutex_);
          Left(queue, *leaving, written.ok());
        }
        done.Set(written);
      };
      posted = commits_.Post(std::move(batch), WriteSync::kSynced, left);
      if (!posted.ok()) Left(queue, *leaving, false);
    }
  }
  if (!posted.ok()) co_return posted;
  absl::Status written = co_await done.Wait();
  if (!written.ok()) co_return written;
  co_return answers;
}

absl::Status Queues::StageDelete(Slot& slot, const std::string& receipt, std::vector<Leaving>& leaving,
                                 WriteBatch& batch) {
  ReceiptHandle handle;
  ASSIGN_OR_RETURN(IndexedMessage* const message, OfReceipt(slot, receipt, handle));
  if (message == nullptr || message->leaving) return absl::OkStatus();
  const bool out = message->state == State::kInFlight;
  // In order, what may have been given to someone else is theirs.
  if (slot.row->fifo() && (!out || message->receives != handle.receives)) return Expired(receipt);
  leaving.push_back({message->number, message->hidden_until, out});
  message->leaving = true;
  StageRemoval(*message, batch);
  slot.index.Hide(*message, kNever);
  return absl::OkStatus();
}

void Queues::Left(uint64_t queue, const std::vector<Leaving>& leaving, bool written) {
  Slot* const slot = FindSlot(queue);
  if (slot == nullptr) return;
  for (const Leaving& one : leaving) {
    IndexedMessage* const message = slot->index.Find(one.number);
    if (message == nullptr) continue;
    if (written) {
      slot->index.Remove(one.number);
      --messages_;
      continue;
    }
    message->leaving = false;
    if (one.was_in_flight) {
      slot->index.Hide(*message, one.hidden_until);
    } else {
      slot->index.Show(*message);
    }
  }
  Feed(*slot);
  FeedOthers();
}

Async<Queues::Answers> Queues::ChangeVisibility(QueueId id, std::vector<VisibilityChange> changes) {
  Completion<absl::Status> done;
  std::vector<absl::Status> answers;
  absl::Status posted;
  {
    MutexLock lock(mutex_);
    const absl::StatusOr<Slot*> slot = SlotOf(id);
    if (!slot.ok()) {
      posted = slot.status();
    } else {
      (*slot)->index.ShowDue(clock_.Monotonic());
      WriteBatch batch;
      for (const VisibilityChange& change : changes) answers.push_back(StageVisibility(**slot, change, batch));
      const auto answer = [done](const absl::Status& written) mutable { done.Set(written); };
      posted = commits_.Post(std::move(batch), WriteSync::kBuffered, answer);
      Feed(**slot);
      FeedOthers();
    }
  }
  if (!posted.ok()) co_return posted;
  absl::Status written = co_await done.Wait();
  if (!written.ok()) co_return written;
  co_return answers;
}

absl::Status Queues::StageVisibility(Slot& slot, const VisibilityChange& change, WriteBatch& batch) {
  ReceiptHandle handle;
  ASSIGN_OR_RETURN(IndexedMessage* const message, OfReceipt(slot, change.receipt, handle));
  if (message == nullptr || message->leaving) {
    return QueueProblemError(
        QueueProblem::kNoMessage,
        fmt::format("Value {} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not "
                    "available for visibility timeout change.",
                    change.receipt));
  }
  if (message->state != State::kInFlight)
    return QueueProblemError(QueueProblem::kNotInFlight, "The message referred to isn't in flight.");
  if (message->receives != handle.receives) return Expired(change.receipt);
  const MonotonicTime now = clock_.Monotonic();
  if (now + change.visibility > message->received + kLongestVisibility) {
    return QueueProblemError(
        QueueProblem::kHiddenTooLong,
        fmt::format("Value {} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the "
                    "message is beyond the limit [{} seconds].",
                    change.visibility.count(), kLongestVisibility.count()));
  }
  message->hidden_seconds = static_cast<int32_t>(change.visibility.count());
  if (change.visibility == std::chrono::seconds(0)) {
    slot.index.Show(*message);
  } else {
    slot.index.Hide(*message, now + change.visibility);
  }
  StageState(slot, *message, batch);
  return absl::OkStatus();
}

}  // namespace hearth::controller
