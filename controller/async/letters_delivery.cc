// Bringing letters to queues and topics: one after the other, until each is there or can never be.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/errors.h"
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
  if (!QueueOfArn(arn, options_.region) && !TopicOfArn(arn, options_.region)) return letters;
  NewMessage record = RecordLetterOf(event, RenderDestinationRecord(event, options_.region, end, clock_.Wall()));
  AddLetter(event, arn, std::move(record), /*dead=*/false, letters);
  return letters;
}

void AsyncDispatcher::AddLetter(const records::QueuedEvent& event, const std::string& arn, NewMessage message,
                                bool dead, std::deque<Letter>& letters) {
  Letter letter{arn, QueueOfArn(arn, options_.region), TopicOfArn(arn, options_.region), std::move(message), dead};
  if (!letter.queue && !letter.topic) return;
  const absl::Status may = letter.queue ? CheckQueue(event, letter) : CheckTopic(event, letter);
  if (!may.ok()) return CountLost(letter, may);
  letters.push_back(std::move(letter));
}

absl::Status AsyncDispatcher::CheckQueue(const records::QueuedEvent& event, const Letter& letter) const {
  RETURN_IF_ERROR(rules_.may_send(event, *letter.queue));
  ASSIGN_OR_RETURN(const QueuePtr queue, queues_->Find(*letter.queue));
  if (letter.message.message.body().size() > static_cast<size_t>(queue->max_message_bytes()))
    return absl::OutOfRangeError("it is larger than the queue takes");
  return absl::OkStatus();
}

absl::Status AsyncDispatcher::CheckTopic(const records::QueuedEvent& event, const Letter& letter) const {
  if (topics_ == nullptr) return absl::UnimplementedError("there are no topics");
  RETURN_IF_ERROR(rules_.may_publish(event, *letter.topic));
  RETURN_IF_ERROR(topics_->Find(*letter.topic).status());
  if (letter.message.message.body().size() > Deliveries::kMaxMessageBytes)
    return absl::OutOfRangeError("it is larger than a topic takes");
  // What the topic runs may end here again.
  const auto hops = event.hops().find(fmt::format("{}/{}", event.account(), event.function_name()));
  if (hops != event.hops().end() && hops->second + 1 >= kMaxHops)
    return absl::OutOfRangeError("the function has run itself too often");
  return absl::OkStatus();
}

void AsyncDispatcher::CountLost(const Letter& letter, const absl::Status& why) {
  ++(letter.dead ? dead_letter_errors_ : destination_errors_);
  LogWarn("nobody is told of the end of an event", {{"to", letter.arn}, {"error", std::string(why.message())}});
}

void AsyncDispatcher::Deliver(const DeliveryPtr& delivery) {
  if (delivery->letters.empty()) {
    return StartAsync(commits_.Commit(delivery->removal),
                      [this, delivery](const absl::Status& committed) { Delivered(delivery, committed); });
  }
  const Letter& letter = delivery->letters.front();
  WriteBatch with = delivery->letters.size() == 1 ? delivery->removal : WriteBatch();
  if (letter.topic) return Publish(delivery, letter, std::move(with));
  std::vector<NewMessage> messages = {letter.message};
  StartAsync(queues_->Send(*letter.queue, std::move(messages), std::move(with)),
             [this, delivery](const Queues::SendResults& results) {
               Delivered(delivery, results.ok() ? results->front().status() : results.status());
             });
}

void AsyncDispatcher::Publish(const DeliveryPtr& delivery, const Letter& letter, WriteBatch with) {
  const absl::StatusOr<TopicPtr> topic = topics_->Find(*letter.topic);
  if (!topic.ok()) return Delivered(delivery, topic.status());
  records::TopicMessage message = deliveries_->NewMessageTo(**topic);
  (*message.mutable_texts())["default"] = letter.message.message.body();
  *message.mutable_attributes() = letter.message.message.attributes();
  message.set_trace_header(letter.message.message.trace_header());
  *message.mutable_hops() = delivery->hops;
  message.set_base_url(options_.base_url);
  std::vector<records::TopicMessage> messages = {std::move(message)};
  StartAsync(deliveries_->Publish(std::move(messages), std::move(with)),
             [this, delivery](const absl::Status& published) { Delivered(delivery, published); });
}

void AsyncDispatcher::Delivered(const DeliveryPtr& delivery, const absl::Status& sent) {
  const bool alone = delivery->letters.empty();
  const bool never = QueueProblemOf(sent).has_value() || absl::IsNotFound(sent);
  if (!sent.ok() && (alone || !never)) {
    LogError("a queue, a topic or a destination is told later", {{"error", std::string(sent.message())}});
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
