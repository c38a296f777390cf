#include "controller/topics/deliveries.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "common/log.h"
#include "controller/store/record.h"
#include "controller/topics/delivery_schedule.h"
#include "controller/topics/topic_keys.h"

namespace hearth::controller {
namespace {

using std::chrono::milliseconds;

constexpr size_t kScanPage = 1000;
constexpr size_t kMaxRawAttributes = 10;

// The subscriber's own doing: trying again changes nothing.
bool IsForGood(const absl::Status& status) {
  return QueueProblemOf(status) || absl::IsNotFound(status) || absl::IsPermissionDenied(status) ||
         absl::IsOutOfRange(status) || absl::IsInvalidArgument(status);
}

// HttpPoster had no room to post it, or no time any more.
bool WasNotTried(const absl::Status& status) { return absl::IsResourceExhausted(status) || absl::IsCancelled(status); }

size_t BytesOf(const records::QueueMessage& message) {
  size_t bytes = message.body().size();
  for (const records::QueueMessageAttribute& attribute : message.attributes())
    bytes += attribute.name().size() + attribute.type().size() + attribute.value().size();
  return bytes;
}

}  // namespace

Deliveries::Deliveries(std::string region, Database& database, CommitThread& commits, Topics& topics, Queues& queues,
                       const MessageSigner& signer, DeliveryDoors doors, Clock& clock, Random& random)
    : region_(std::move(region)),
      database_(database),
      commits_(commits),
      topics_(topics),
      queues_(queues),
      signer_(signer),
      doors_(std::move(doors)),
      clock_(clock),
      random_(random) {}

Deliveries::~Deliveries() {
  commits_.Drain();  // what was published a moment ago is added
  MutexLock lock(mutex_);
  ended_.wait(lock.native(), [this] { return near_.running + far_.running == 0; });
}

absl::Status Deliveries::Load() {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const auto page, database_.Scan(kTopicMessagePrefix, after, kScanPage));
    for (const KeyValue& pair : page) RETURN_IF_ERROR(LoadOne(pair));
    if (page.size() < kScanPage) return absl::OkStatus();
    after = page.back().key;
  }
}

absl::Status Deliveries::LoadOne(const KeyValue& pair) {
  const std::optional<uint64_t> number = ParseTopicMessageKey(pair.key);
  if (!number) return absl::DataLossError(pair.key + " is no key of a message");
  const MonotonicTime now = clock_.Monotonic();
  const int64_t now_ms = UnixMillis(clock_.Wall());
  ASSIGN_OR_RETURN(const auto message, ParseRecord<records::TopicMessage>(pair.key, pair.value));
  std::vector<Target> targets;
  const std::string key = TopicDeliveryKey(*number);
  const absl::StatusOr<std::string> text = database_.Get(key);
  if (text.ok()) {
    ASSIGN_OR_RETURN(const auto delivery, ParseRecord<records::TopicDelivery>(key, *text));
    for (const auto& left : delivery.targets()) {
      // A clock that was set back holds nothing up for longer than it would have waited at most.
      const milliseconds wait = std::clamp(milliseconds(left.due_ms() - now_ms), milliseconds(0), kLatest);
      targets.push_back({left.subscription(), left.failures(), now + wait, left.dead()});
    }
  } else if (absl::IsNotFound(text.status())) {
    for (const std::string& subscription : message.subscriptions()) targets.push_back({subscription});
  } else {
    return text.status();
  }
  MutexLock lock(mutex_);
  next_number_ = std::max(next_number_, *number + 1);
  Add(*number, {std::move(targets), message.far()});
  return absl::OkStatus();
}

void Deliveries::Add(uint64_t number, Waiting waiting) {
  MonotonicTime due = MonotonicTime::max();
  for (const Target& target : waiting.targets) due = std::min(due, target.due);
  if (waiting.targets.empty()) due = MonotonicTime{};
  LaneOf(waiting.far).schedule.emplace(due, number);
  waiting_[number] = std::move(waiting);
}

void Deliveries::AddAll(Added added) {
  {
    MutexLock lock(mutex_);
    for (auto& [number, waiting] : added) Add(number, std::move(waiting));
  }
  Wake();
}

records::TopicMessage Deliveries::NewMessageTo(const records::Topic& topic) {
  records::TopicMessage message;
  message.set_account(topic.account());
  message.set_topic(topic.name());
  message.set_message_id(random_.Uuid());
  message.set_published_ms(UnixMillis(clock_.Wall()));
  message.set_signature_version(topic.signature_version());
  return message;
}

Async<absl::Status> Deliveries::Publish(std::vector<records::TopicMessage> messages, WriteBatch with) {
  Added added;
  for (records::TopicMessage& message : messages) {
    const std::vector<SubscriberPtr> all = topics_.SubscribersOf(TopicOf(message));
    for (const bool far : {false, true}) {
      message.set_far(far);
      message.clear_subscriptions();
      for (const SubscriberPtr& one : all) {
        if (IsFar(one->row.protocol()) == far && one->Wants(message)) message.add_subscriptions(one->row.id());
      }
      absl::Status staged = Stage(message, with, added);
      if (!staged.ok()) co_return staged;
    }
  }
  if (with.changes.empty()) co_return absl::OkStatus();
  absl::Status written = co_await commits_.Commit(std::move(with));
  if (written.ok()) AddAll(std::move(added));
  co_return written;
}

absl::Status Deliveries::Stage(const records::TopicMessage& message, WriteBatch& batch, Added& added) {
  if (message.subscriptions().empty()) return absl::OkStatus();
  Waiting waiting{{}, message.far()};
  for (const std::string& subscription : message.subscriptions()) waiting.targets.push_back({subscription});
  MutexLock lock(mutex_);
  if (waiting_.size() + near_.running + far_.running >= kMaxWaiting)
    return absl::ResourceExhaustedError("too many messages wait");
  batch.Put(TopicMessageKey(next_number_), message.SerializeAsString());
  added.emplace_back(next_number_++, std::move(waiting));
  return absl::OkStatus();
}

absl::Status Deliveries::AskToConfirm(const records::TopicSubscription& row, const std::string& base_url) {
  ASSIGN_OR_RETURN(const TopicPtr topic, topics_.Find(IdOf(row).topic));
  records::TopicMessage message = NewMessageTo(*topic);
  message.set_token(row.token());
  message.set_base_url(base_url);
  message.set_far(true);
  message.add_subscriptions(row.id());
  WriteBatch batch;
  Added added;
  RETURN_IF_ERROR(Stage(message, batch, added));
  RETURN_IF_ERROR(commits_.WriteNow(std::move(batch), WriteSync::kSynced));
  AddAll(std::move(added));
  return absl::OkStatus();
}

std::optional<MonotonicTime> Deliveries::RunOnce() {
  Added due;
  std::optional<MonotonicTime> next;
  {
    MutexLock lock(mutex_);
    woken_ = false;
    const MonotonicTime now = clock_.Monotonic();
    for (const bool far : {false, true}) {
      Lane& lane = LaneOf(far);
      while (lane.running < lane.most && !lane.schedule.empty() && lane.schedule.begin()->first <= now) {
        const auto found = waiting_.find(lane.schedule.begin()->second);
        lane.schedule.erase(lane.schedule.begin());
        due.emplace_back(found->first, std::move(found->second));
        waiting_.erase(found);
        ++lane.running;
      }
      if (lane.running >= lane.most || lane.schedule.empty()) continue;
      next = std::min(next.value_or(lane.schedule.begin()->first), lane.schedule.begin()->first);
    }
  }
  for (auto& [number, waiting] : due) Begin(number, std::move(waiting));
  return next;
}

void Deliveries::Begin(uint64_t number, Waiting waiting) {
  auto job = std::make_shared<Job>(signer_);
  job->number = number;
  job->targets = std::move(waiting.targets);
  const std::string key = TopicMessageKey(number);
  const absl::StatusOr<std::string> text = database_.Get(key);
  auto message = text.ok() ? ParseRecord<records::TopicMessage>(key, *text) : text.status();
  if (!message.ok()) {
    LogError("a published message cannot be read and is left where it is",
             {{"key", key}, {"error", message.status().ToString()}});
    MutexLock lock(mutex_);
    --LaneOf(waiting.far).running;
    return ended_.notify_all();
  }
  job->message = *std::move(message);
  const MonotonicTime now = clock_.Monotonic();
  std::vector<size_t> begun;
  for (size_t i = 0; i < job->targets.size(); ++i) {
    if (job->targets[i].due <= now) begun.push_back(i);
  }
  job->open += begun.size();
  for (const size_t index : begun) Deliver(job, index);
  Close(job);
}

void Deliveries::Deliver(const JobPtr& job, size_t index) {
  const Target& target = job->targets[index];
  const absl::StatusOr<SubscriberPtr> subscriber =
      topics_.FindSubscription({TopicOf(job->message), target.subscription});
  if (!subscriber.ok()) return Ended(job, index, absl::OkStatus());  // it ended meanwhile
  const records::TopicSubscription& row = (*subscriber)->row;
  const bool asks = !job->message.token().empty();
  if (asks && !row.pending()) return Ended(job, index, absl::OkStatus());
  if (IsFar(row.protocol()) && (asks || !target.dead)) return DeliverToUrl(job, index, row);
  if (row.protocol() == kLambdaProtocol && !target.dead) return DeliverToFunction(job, index, row);
  DeliverToQueue(job, index, row, target.dead ? row.dead_letter_arn() : row.endpoint());
}

void Deliveries::DeliverToFunction(const JobPtr& job, size_t index, const records::TopicSubscription& row) {
  const absl::Status may = doors_.may_invoke(row.endpoint(), IdOf(row).topic);
  if (!may.ok()) return Ended(job, index, may);
  records::QueuedEvent event;
  event.set_request_id(random_.Uuid());
  event.set_payload(FunctionEvent(job->message, IdOf(row), region_, job->signatures));
  event.set_trace_header(job->message.trace_header());
  *event.mutable_hops() = job->message.hops();
  StartAsync(doors_.run(row.endpoint(), std::move(event)),
             [this, job, index](const absl::Status& result) { Ended(job, index, result); });
}

void Deliveries::DeliverToQueue(const JobPtr& job, size_t index, const records::TopicSubscription& row,
                                const std::string& arn) {
  const std::optional<QueueId> id = QueueOfArn(arn, region_);
  const absl::StatusOr<QueuePtr> queue = id ? queues_.Find(*id) : absl::InvalidArgumentError("it is no queue");
  const absl::Status may = queue.ok() ? doors_.may_send(*id, IdOf(row).topic) : queue.status();
  if (!may.ok()) return Ended(job, index, may);
  records::TopicSubscription as = row;
  const bool too_many_for_raw = static_cast<size_t>(job->message.attributes_size()) > kMaxRawAttributes;
  if (too_many_for_raw && job->targets[index].dead) as.set_raw(false);  // better in an envelope than lost
  std::vector<NewMessage> messages = {QueueMessageOf(job->message, as, region_, job->signatures)};
  const records::QueueMessage& made = messages.front().message;
  const bool too_many = static_cast<size_t>(made.attributes_size()) > kMaxRawAttributes;
  if (too_many || BytesOf(made) > static_cast<size_t>((*queue)->max_message_bytes()))
    return Ended(job, index, absl::OutOfRangeError("it is larger than the queue takes"));
  StartAsync(queues_.Send(*id, std::move(messages)), [this, job, index](const Queues::SendResults& results) {
    Ended(job, index, results.ok() ? results->front().status() : results.status());
  });
}

void Deliveries::DeliverToUrl(const JobPtr& job, size_t index, const records::TopicSubscription& row) {
  if (doors_.post == nullptr) return Ended(job, index, absl::InvalidArgumentError("nothing is posted to URLs"));
  doors_.post(job->message, row, BodyForUrl(job->message, row, region_, job->signatures),
              [this, job, index](const absl::Status& result) { Ended(job, index, result); });
}

void Deliveries::Ended(const JobPtr& job, size_t index, const absl::Status& result) {
  Target& target = job->targets[index];  // of this delivery alone, until it is closed
  if (result.ok()) {
    target.done = true;
    return Close(job);
  }
  if (job->message.far() && !target.dead && WasNotTried(result)) {
    target.due = clock_.Monotonic() + kLatest;
    return Close(job);
  }
  const std::optional<milliseconds> delay = DelayAfter(++target.failures, job->message.far() && !target.dead);
  if (delay && !IsForGood(result)) {
    target.due = clock_.Monotonic() + *delay;
    return Close(job);
  }
  const absl::StatusOr<SubscriberPtr> subscriber =
      topics_.FindSubscription({TopicOf(job->message), target.subscription});
  const bool asks = !job->message.token().empty();
  if (!asks && !target.dead && subscriber.ok() && !(*subscriber)->row.dead_letter_arn().empty()) {
    target.dead = true;
    target.failures = 0;
    return Deliver(job, index);
  }
  target.done = true;
  LogWarn("a subscriber is not told of a message", {{"topic", TopicArn(region_, TopicOf(job->message))},
                                                    {"subscription", target.subscription},
                                                    {"message_id", job->message.message_id()},
                                                    {"error", std::string(result.message())}});
  ++lost_;
  Close(job);
}

void Deliveries::Close(const JobPtr& job) {
  if (--job->open > 0) return;
  MutexLock lock(mutex_);
  Finish(*job);
  --LaneOf(job->message.far()).running;
  woken_ = true;
  happened_.notify_one();
  ended_.notify_all();
}

void Deliveries::Finish(Job& job) {
  std::erase_if(job.targets, [](const Target& target) { return target.done; });
  WriteBatch batch;
  if (job.targets.empty()) {
    batch.Delete(TopicMessageKey(job.number));
    batch.Delete(TopicDeliveryKey(job.number));
  } else {
    const MonotonicTime now = clock_.Monotonic();
    const int64_t now_ms = UnixMillis(clock_.Wall());
    records::TopicDelivery delivery;
    for (const Target& target : job.targets) {
      auto& left = *delivery.add_targets();
      left.set_subscription(target.subscription);
      left.set_failures(target.failures);
      left.set_due_ms(now_ms + std::chrono::duration_cast<milliseconds>(target.due - now).count());
      left.set_dead(target.dead);
    }
    batch.Put(TopicDeliveryKey(job.number), delivery.SerializeAsString());
    Add(job.number, {std::move(job.targets), job.message.far()});
  }
  // Refused only while the disk cannot follow: what this would have written is done again after the next start.
  commits_.Post(std::move(batch), WriteSync::kBuffered, [](const absl::Status&) {}).IgnoreError();
}

void Deliveries::Wait(std::optional<MonotonicTime> until) {
  MutexLock lock(mutex_);
  const auto something = [this] { return woken_; };
  if (!until) return happened_.wait(lock.native(), something);
  const auto left = std::max(*until - clock_.Monotonic(), MonotonicTime::duration(0));
  happened_.wait_for(lock.native(), left, something);
}

void Deliveries::Wake() {
  {
    MutexLock lock(mutex_);
    woken_ = true;
  }
  happened_.notify_one();
}

DeliveryCounts Deliveries::Counts() const {
  MutexLock lock(mutex_);
  return {waiting_.size(), near_.running + far_.running, lost_.load()};
}

}  // namespace hearth::controller
