// Bringing letters to queues: one after the other, until each is there or can never be.
#include <algorithm>
#include <utility>

#include "common/log.h"
#include "controller/async/dispatcher.h"

namespace hearth::controller {
namespace {

constexpr std::chrono::seconds kLaterBy{10};

}  // namespace

std::deque<Letter> AsyncDispatcher::LettersOf(const records::QueuedEvent& event, const EventEnd& end) {
  std::deque<Letter> letters;
  if (queues_ == nullptr) return letters;
  const bool succeeded = end.fate == EventFate::kSucceeded;
  if (!succeeded) AddLetter(event, rules_.dead_letter_arn(event), DeadLetterOf(event, end), /*dead=*/true, letters);
  const auto config = configs_.Find({event.account(), event.function_name()}, event.qualifier());
  if (!config) return letters;
  const std::string& arn = succeeded ? config->on_success() : config->on_failure();
  if (!QueueOfArn(arn, options_.region)) return letters;
  NewMessage record = RecordLetterOf(event, RenderDestinationRecord(event, options_.region, end, clock_.Wall()));
  AddLetter(event, arn, std::move(record), /*dead=*/false, letters);
  return letters;
}

void AsyncDispatcher::AddLetter(const records::QueuedEvent& event, const std::string& arn, NewMessage message,
                                bool dead, std::deque<Letter>& letters) {
  const std::optional<QueueId> queue = QueueOfArn(arn, options_.region);
  if (!queue) return;
  Letter letter{*queue, std::move(message), dead};
  absl::Status may = rules_.may_send(event, *queue);
  const absl::StatusOr<QueuePtr> found = queues_->Find(*queue);
  if (may.ok() && !found.ok()) may = found.status();
  if (may.ok() && letter.message.message.body().size() > static_cast<size_t>((*found)->max_message_bytes()))
    may = absl::OutOfRangeError("it is larger than the queue takes");
  if (!may.ok()) return CountLost(letter, may);
  letters.push_back(std::move(letter));
}

void AsyncDispatcher::CountLost(const Letter& letter, const absl::Status& why) {
  ++(letter.dead ? dead_letter_errors_ : destination_errors_);
  LogWarn("a queue is not told of the end of an event",
          {{"queue", letter.queue.account + "/" + letter.queue.name}, {"error", std::string(why.message())}});
}

void AsyncDispatcher::Deliver(const DeliveryPtr& delivery) {
  if (delivery->letters.empty()) {
    return StartAsync(commits_.Commit(delivery->removal),
                      [this, delivery](const absl::Status& committed) { Delivered(delivery, committed); });
  }
  std::vector<NewMessage> messages = {delivery->letters.front().message};
  const bool last = delivery->letters.size() == 1;
  StartAsync(
      queues_->Send(delivery->letters.front().queue, std::move(messages), last ? delivery->removal : WriteBatch()),
      [this, delivery](const Queues::SendResults& results) {
        Delivered(delivery, results.ok() ? results->front().status() : results.status());
      });
}

void AsyncDispatcher::Delivered(const DeliveryPtr& delivery, const absl::Status& sent) {
  const bool alone = delivery->letters.empty();
  const bool never = QueueProblemOf(sent).has_value();
  if (!sent.ok() && (alone || !never)) {
    LogError("a queue or a destination is told later", {{"error", std::string(sent.message())}});
    MutexLock lock(mutex_);
    delivery->due = clock_.Monotonic() + kLaterBy;
    late_.push_back(delivery);
    return happened_.notify_one();
  }
  if (never) CountLost(delivery->letters.front(), sent);
  if (!alone) delivery->letters.pop_front();
  // With the last letter the event's rows went, too; one that was lost took none along.
  const bool more = !delivery->letters.empty() || never;
  if (more) return Deliver(delivery);
  if (delivery->accepted) Post(*delivery->accepted);
}

void AsyncDispatcher::DeliverLate() {
  std::vector<DeliveryPtr> due;
  {
    MutexLock lock(mutex_);
    const MonotonicTime now = clock_.Monotonic();
    const auto first_due = std::stable_partition(late_.begin(), late_.end(),
                                                 [&](const DeliveryPtr& delivery) { return delivery->due > now; });
    due.assign(first_due, late_.end());
    late_.erase(first_due, late_.end());
  }
  for (const DeliveryPtr& delivery : due) Deliver(delivery);
}

}  // namespace hearth::controller
