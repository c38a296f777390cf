#include "controller/sources/queue_poller.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/limits.h"

namespace hearth::controller {
namespace {

using std::chrono::milliseconds;

// How long an empty queue is asked before the poller looks whether it is still wanted.
constexpr std::chrono::seconds kLongestWait{2};
constexpr size_t kFramingBytes = 64;  // {"Records":[…]}
constexpr size_t kMostAtOnce = 10;    // received together; larger batches are gathered
constexpr int kMostDoublings = 6;

}  // namespace

QueuePoller::QueuePoller(records::EventSource source, const PollerServices& services, Report report,
                         std::function<void()> wake)
    : source_(std::move(source)), services_(services), report_(std::move(report)), wake_(std::move(wake)) {
  queue_ = QueueOfArn(source_.queue_arn(), services_.region).value_or(QueueId());
  shown_ = {source_.queue_arn(), services_.region, queue_.name.ends_with(".fifo")};
  for (const std::string& filter : source_.filters()) {
    absl::StatusOr<EventPattern> pattern = EventPattern::Parse(filter);
    if (pattern.ok()) filters_.push_back(*std::move(pattern));  // it was when it was accepted
  }
}

double QueuePoller::Limit() const {
  const double cap = source_.max_concurrency() > 0 ? source_.max_concurrency() : kLargestConcurrency;
  return std::min(limit_, cap);
}

bool QueuePoller::WantsMore(MonotonicTime now) const {
  return !stopping_ && !receiving_ && ready_.empty() && now >= not_before_ && static_cast<double>(running_) < Limit();
}

std::optional<MonotonicTime> QueuePoller::Tick() {
  std::optional<MonotonicTime> next;
  {
    MutexLock lock(mutex_);
    const MonotonicTime now = services_.clock.Monotonic();
    const double seconds = std::chrono::duration<double>(now - grown_).count();
    const bool busy = static_cast<double>(running_) >= Limit();
    if (busy && grown_ != MonotonicTime{})
      limit_ = std::min(kLargestConcurrency, limit_ + kGrowthPerSecond * std::min(seconds, 1.0));
    if (running_ == 0) limit_ = std::max(limit_, kFirstConcurrency);
    grown_ = now;
    if (not_before_ > now) next = not_before_;
    if (busy) next = now + std::chrono::seconds(1);
  }
  Pump();
  return next;
}

void QueuePoller::Stop() {
  std::vector<BatchPtr> left;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    if (!receiving_) left = TakeUnbegun();
  }
  GiveBack(left);
}

std::vector<QueuePoller::BatchPtr> QueuePoller::TakeUnbegun() {
  Close();
  std::vector<BatchPtr> unbegun(ready_.begin(), ready_.end());
  ready_.clear();
  return unbegun;
}

bool QueuePoller::IsIdle() const {
  MutexLock lock(mutex_);
  return !receiving_ && running_ == 0;
}

ReceiveRequest QueuePoller::NextRequest(MonotonicTime now) const {
  ReceiveRequest request;
  request.limit = std::min<size_t>(kMostAtOnce, static_cast<size_t>(source_.batch_size()) - gathered_.messages.size());
  request.wait = kLongestWait;
  if (!gathered_.messages.empty()) {
    const auto left = std::chrono::ceil<milliseconds>(gather_until_ - now);
    request.wait = std::clamp<milliseconds>(left, milliseconds(0), kLongestWait);
  }
  request.abandoned = [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return true;
    MutexLock lock(self->mutex_);
    return self->stopping_;
  };
  return request;
}

void QueuePoller::Pump() {
  std::vector<BatchPtr> batches;
  ReceiveRequest request;
  bool receives = false;
  {
    MutexLock lock(mutex_);
    const MonotonicTime now = services_.clock.Monotonic();
    batches = TakeReady(now);
    receives = WantsMore(now);
    if (receives) {
      receiving_ = true;
      request = NextRequest(now);
    }
  }
  for (const BatchPtr& batch : batches) Launch(batch);
  if (receives) Receive(std::move(request));
}

std::vector<QueuePoller::BatchPtr> QueuePoller::TakeReady(MonotonicTime now) {
  std::vector<BatchPtr> batches;
  if (stopping_ || now < not_before_) return batches;
  while (!ready_.empty() && static_cast<double>(running_) < Limit()) {
    batches.push_back(std::move(ready_.front()));
    ready_.pop_front();
    ++running_;
  }
  return batches;
}

void QueuePoller::Receive(ReceiveRequest request) {
  const absl::Status able = services_.check(source_);
  if (!able.ok()) return Received(able);
  StartAsync(services_.queues.Receive(queue_, std::move(request)),
             [self = shared_from_this()](absl::StatusOr<std::vector<ReceivedMessage>> received) {
               self->Received(std::move(received));
             });
}

void QueuePoller::Received(absl::StatusOr<std::vector<ReceivedMessage>> received) {
  if (!received.ok()) {
    BackOff(/*throttled=*/false);
    std::vector<BatchPtr> left;
    {
      MutexLock lock(mutex_);
      receiving_ = false;
      if (stopping_) left = TakeUnbegun();
    }
    GiveBack(left);
    report_(fmt::format("PROBLEM: {}", std::string(received.status().message())));
    return wake_();
  }
  std::vector<std::string> unwanted;
  std::vector<BatchPtr> left;
  bool stopping = false;
  {
    MutexLock lock(mutex_);
    receiving_ = false;
    Gather(*std::move(received), unwanted);
    stopping = stopping_;
    if (stopping) left = TakeUnbegun();
  }
  if (!unwanted.empty()) DeleteThen(std::move(unwanted), [] {});
  GiveBack(left);
  if (stopping) return wake_();
  Pump();
}

bool QueuePoller::IsWanted(const ReceivedMessage& message) const {
  if (filters_.empty()) return true;
  const Json view = SqsFilterView(message, shown_);
  return std::any_of(filters_.begin(), filters_.end(),
                     [&](const EventPattern& filter) { return filter.Matches(view); });
}

void QueuePoller::Gather(std::vector<ReceivedMessage> messages, std::vector<std::string>& unwanted) {
  const MonotonicTime now = services_.clock.Monotonic();
  for (ReceivedMessage& message : messages) {
    if (!IsWanted(message)) {
      unwanted.push_back(message.receipt);
      continue;
    }
    std::string record = SqsRecord(message, shown_).Dump();
    if (gathered_.bytes + record.size() + 1 > kMaxInvokeRequestBytes - kFramingBytes) Close();
    if (gathered_.messages.empty()) gather_until_ = now + std::chrono::seconds(source_.window_seconds());
    gathered_.bytes += record.size() + 1;
    gathered_.records.push_back(std::move(record));
    gathered_.messages.push_back(std::move(message));
  }
  const bool due = gathered_.messages.size() >= static_cast<size_t>(source_.batch_size()) || now >= gather_until_;
  if (due) Close();
}

void QueuePoller::Close() {
  if (!gathered_.messages.empty()) ready_.push_back(std::make_shared<Batch>(std::exchange(gathered_, {})));
}

void QueuePoller::Launch(const BatchPtr& batch) {
  InvokeRequest request;
  request.target = {source_.account(), source_.function_name(), source_.qualifier()};
  request.request_id = services_.random.Uuid();
  request.trace_header = batch->messages.front().message.trace_header();
  request.payload = SqsEvent(batch->records);
  batch->records.clear();
  StartAsync(services_.invoker.Invoke(std::move(request)),
             [self = shared_from_this(), batch](const absl::StatusOr<InvokeOutcome>& outcome) {
               self->Ended(batch, outcome);
             });
}

void QueuePoller::Ended(const BatchPtr& batch, const absl::StatusOr<InvokeOutcome>& outcome) {
  if (!outcome.ok()) {
    // Messages of a loop come back by themselves, and go to the dead-letter queue at last; others need not wait for
    // them.
    if (!absl::IsAborted(outcome.status())) BackOff(/*throttled=*/false);
    return Finish(false, fmt::format("PROBLEM: {}", std::string(outcome.status().message())));
  }
  const Completed* completed = std::get_if<Completed>(&*outcome);
  if (completed == nullptr) {
    // Nothing ran. The messages come back by themselves; until then the function is left alone a little.
    BackOff(/*throttled=*/true);
    const bool throttled = std::holds_alternative<Throttled>(*outcome);
    return Finish(false, throttled ? "PROBLEM: Function call throttled" : "PROBLEM: Function cannot be run now");
  }
  std::optional<std::vector<std::string>> receipts = Processed(*batch, *completed);
  if (!receipts) return Finish(true, "PROBLEM: Function call failed");
  const bool all = receipts->size() == batch->messages.size();
  DeleteThen(*std::move(receipts),
             [self = shared_from_this(), all] { self->Finish(true, all ? "" : "PROBLEM: Function call failed"); });
}

std::optional<std::vector<std::string>> QueuePoller::Processed(const Batch& batch, const Completed& completed) const {
  if (completed.function_error) return std::nullopt;
  std::set<std::string> sent, failed;
  for (const ReceivedMessage& message : batch.messages) sent.insert(message.message.message_id());
  if (source_.reports_failures()) {
    std::optional<std::set<std::string>> items = FailedItems(completed.payload, sent);
    if (!items) return std::nullopt;
    failed = *std::move(items);
  }
  std::set<std::string> broken_groups;  // in order: nothing after a failure counts as processed
  std::vector<std::string> receipts;
  for (const ReceivedMessage& message : batch.messages) {
    const bool bad = failed.contains(message.message.message_id());
    if (shown_.fifo && bad) broken_groups.insert(message.message.group());
    const bool behind = shown_.fifo && broken_groups.contains(message.message.group());
    if (!bad && !behind) receipts.push_back(message.receipt);
  }
  return receipts;
}

void QueuePoller::Finish(bool well, std::string problem) {
  bool stopping = false;
  {
    MutexLock lock(mutex_);
    --running_;
    if (well) failures_ = 0;
    stopping = stopping_;
  }
  report_(std::move(problem));
  if (stopping || !well) wake_();
  Pump();
}

void QueuePoller::BackOff(bool throttled) {
  MutexLock lock(mutex_);
  const MonotonicTime now = services_.clock.Monotonic();
  if (not_before_ > now) return;  // another batch of the same moment said so already
  const auto pause = std::chrono::seconds(1) * (1 << std::min(failures_, kMostDoublings));
  ++failures_;
  not_before_ = now + std::min<milliseconds>(pause, kLongestPause);
  if (throttled) limit_ = std::max(1.0, static_cast<double>(running_) / 2);
}

void QueuePoller::DeleteThen(std::vector<std::string> receipts, std::function<void()> then) {
  if (receipts.empty()) return then();
  StartAsync(services_.queues.DeleteMessages(queue_, std::move(receipts)),
             [self = shared_from_this(), then = std::move(then)](const Queues::Answers&) { then(); });
}

void QueuePoller::GiveBack(const std::vector<BatchPtr>& batches) {
  std::vector<VisibilityChange> changes;
  for (const BatchPtr& batch : batches) {
    for (const ReceivedMessage& message : batch->messages)
      changes.push_back({message.receipt, std::chrono::seconds(0)});
  }
  if (changes.empty()) return;
  StartAsync(services_.queues.ChangeVisibility(queue_, std::move(changes)),
             [self = shared_from_this()](const Queues::Answers&) {});
}

}  // namespace hearth::controller
