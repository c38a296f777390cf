#include "controller/async/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/errors.h"
#include "common/limits.h"
#include "common/log.h"
#include "controller/invoke/lineage.h"

namespace hearth::controller {
namespace {

using std::chrono::milliseconds;

std::string FunctionKeyOf(std::string_view account, std::string_view name) {
  return fmt::format("{}/{}", account, name);
}

FunctionId IdOf(const records::QueuedEvent& event) { return {event.account(), event.function_name()}; }

// What an event waited already, as far as two clocks can tell: never negative, never more than it may.
milliseconds Since(int64_t unix_ms, int64_t now_ms) { return milliseconds(std::max<int64_t>(0, now_ms - unix_ms)); }

}  // namespace

AsyncDispatcher::AsyncDispatcher(AsyncOptions options, Database& database, EventJournal& journal, CommitThread& commits,
                                 const EventInvokeConfigs& configs, Invoker& invoker, NeverRuns never_runs,
                                 Clock& clock, Random& random)
    : options_(std::move(options)),
      database_(database),
      journal_(journal),
      commits_(commits),
      configs_(configs),
      invoker_(invoker),
      never_runs_(std::move(never_runs)),
      clock_(clock),
      random_(random) {}

absl::Status AsyncDispatcher::Load() {
  const int64_t now_ms = UnixMillis(clock_.Wall());
  const MonotonicTime now = clock_.Monotonic();
  return journal_.Load([&](uint64_t sequence, const records::QueuedEventState& state) {
    QueuedEntry entry;
    entry.sequence = sequence;
    entry.accepted = now - Since(state.accepted_ms(), now_ms);
    entry.failed = state.failed_attempts();
    entry.delays = state.delays();
    // A clock that was set back must not hold an event up for longer than it would have waited at most.
    const milliseconds left = std::min<milliseconds>(Since(now_ms, state.due_ms()), 2 * options_.first_retry);
    queue_.Add(FunctionKeyOf(state.account(), state.function_name()), entry,
               left > milliseconds(0) ? now + left : MonotonicTime{});
  });
}

Async<absl::Status> AsyncDispatcher::Accept(records::QueuedEvent event) {
  if (Counts().waiting >= options_.max_waiting) co_return absl::ResourceExhaustedError("too many events wait already");
  WriteBatch batch;
  Accepted accepted;
  accepted.function = FunctionKeyOf(event.account(), event.function_name());
  accepted.entry.accepted = clock_.Monotonic();
  accepted.entry.sequence = journal_.StageNew(event, UnixMillis(clock_.Wall()), batch);
  absl::Status committed = co_await commits_.Commit(std::move(batch));
  if (committed.ok()) Post(std::move(accepted));
  co_return committed;
}

void AsyncDispatcher::Post(Accepted accepted) {
  {
    MutexLock lock(mutex_);
    accepted_.push_back(std::move(accepted));
    ++counts_.waiting;
  }
  happened_.notify_one();
}

std::optional<MonotonicTime> AsyncDispatcher::RunOnce() {
  std::vector<Accepted> accepted;
  std::vector<AttemptPtr> ended;
  bool paused = false;
  {
    MutexLock lock(mutex_);
    paused = paused_;
    accepted.swap(accepted_);
    ended.swap(ended_);
    woken_ = false;
  }
  DeliverLate();
  WriteBatch batch;
  for (const AttemptPtr& attempt : ended) Settle(*attempt, batch);
  for (const Accepted& one : accepted) queue_.Add(one.function, one.entry, one.due);
  while (!paused) {
    std::optional<EventQueue::Turn> turn = queue_.Take(clock_.Monotonic());
    if (!turn) break;
    Begin(*std::move(turn), batch);
  }
  if (!batch.changes.empty()) {
    const absl::Status written = database_.Write(batch, WriteSync::kBuffered);
    // The events are run again after the next start: at least once is what was promised.
    if (!written.ok()) LogError("ends of events cannot be kept", {{"error", std::string(written.message())}});
  }
  MutexLock lock(mutex_);
  counts_.waiting = queue_.waiting() + accepted_.size();
  counts_.running = queue_.running();
  std::optional<MonotonicTime> next = paused ? std::nullopt : queue_.NextDue();
  for (const DeliveryPtr& delivery : late_) next = std::min(next.value_or(delivery->due), delivery->due);
  return next;
}

void AsyncDispatcher::Wait(std::optional<MonotonicTime> until) {
  MutexLock lock(mutex_);
  const auto something = [this] { return woken_ || !accepted_.empty() || !ended_.empty(); };
  if (!until) return happened_.wait(lock.native(), something);
  const auto left = std::max(*until - clock_.Monotonic(), MonotonicTime::duration(0));
  happened_.wait_for(lock.native(), left, something);
}

void AsyncDispatcher::Wake() {
  {
    MutexLock lock(mutex_);
    woken_ = true;
  }
  happened_.notify_one();
}

void AsyncDispatcher::Pause() {
  {
    MutexLock lock(mutex_);
    paused_ = true;
  }
  Wake();
}

AsyncCounts AsyncDispatcher::Counts() const {
  AsyncCounts counts;
  {
    MutexLock lock(mutex_);
    counts = counts_;
  }
  counts.dead_letter_errors = dead_letter_errors_;
  counts.destination_errors = destination_errors_;
  return counts;
}

RetryPolicy AsyncDispatcher::PolicyOf(const records::QueuedEvent& event) const {
  RetryPolicy policy;
  policy.first_retry = options_.first_retry;
  if (const auto config = configs_.Find(IdOf(event), event.qualifier())) {
    if (config->has_maximum_retry_attempts()) policy.maximum_retry_attempts = config->maximum_retry_attempts();
    if (config->has_maximum_event_age_seconds()) {
      policy.maximum_event_age = std::chrono::seconds(config->maximum_event_age_seconds());
    }
  }
  return policy;
}

void AsyncDispatcher::Begin(EventQueue::Turn turn, WriteBatch& batch) {
  absl::StatusOr<records::QueuedEvent> event = journal_.Read(turn.entry.sequence);
  if (!event.ok()) {
    LogError("an event cannot be read and is left where it is",
             {{"event", fmt::format("{:016x}", turn.entry.sequence)}, {"error", event.status().ToString()}});
    return queue_.Ended(turn.function, false);
  }
  const MonotonicTime now = clock_.Monotonic();
  if (now - turn.entry.accepted > PolicyOf(*event).maximum_event_age) {
    const EventEnd end{EventFate::kAgeExceeded, turn.entry.failed, LastAttemptOf(turn.entry.sequence)};
    queue_.Ended(turn.function, false);
    return End(turn, *event, end, batch);
  }
  auto attempt = std::make_shared<Attempt>();
  attempt->turn = std::move(turn);
  attempt->event = *std::move(event);
  StartAsync(invoker_.Invoke(RequestOf(attempt->event)), [this, attempt](absl::StatusOr<InvokeOutcome> outcome) {
    attempt->outcome = std::move(outcome);
    {
      MutexLock lock(mutex_);
      ended_.push_back(attempt);
    }
    happened_.notify_one();
  });
}

InvokeRequest AsyncDispatcher::RequestOf(const records::QueuedEvent& event) const {
  InvokeRequest request;
  request.target = {event.account(), event.function_name(), event.qualifier()};
  request.request_id = event.request_id();
  request.payload = event.payload();
  request.trace_header = event.trace_header();
  request.of_event = true;
  return request;
}

void AsyncDispatcher::Settle(Attempt& attempt, WriteBatch& batch) {
  QueuedEntry& entry = attempt.turn.entry;
  if (absl::IsAborted(attempt.outcome.status())) {
    LogWarn("an event is given up: it is part of a loop",
            {{"request_id", attempt.event.request_id()}, {"error", std::string(attempt.outcome.status().message())}});
    const EventEnd end{EventFate::kLoop, entry.failed, LastAttemptOf(entry.sequence)};
    queue_.Ended(attempt.turn.function, false);
    return End(attempt.turn, attempt.event, end, batch);
  }
  if (!attempt.outcome.ok()) {  // the function or the qualifier is gone
    LogWarn("an event is dropped: its function is gone",
            {{"request_id", attempt.event.request_id()}, {"error", attempt.outcome.status().ToString()}});
    queue_.Ended(attempt.turn.function, false);
    return journal_.StageRemoval(entry.sequence, batch);
  }
  queue_.Ended(attempt.turn.function, std::holds_alternative<Throttled>(*attempt.outcome));
  const AttemptResult result = ResultOf(attempt);
  std::optional<records::LastAttempt> last;
  if (Completed* const completed = std::get_if<Completed>(&*attempt.outcome)) {
    last.emplace();
    last->set_payload(std::move(completed->payload));
    last->set_executed_version(std::move(completed->executed_version));
  }
  entry.failed += result == AttemptResult::kFunctionError ? 1 : 0;
  entry.delays = result == AttemptResult::kDelayed ? entry.delays + 1 : 0;
  const EventVerdict verdict =
      JudgeAttempt(PolicyOf(attempt.event), result, {entry.accepted, entry.failed, entry.delays}, clock_.Monotonic(),
                   static_cast<double>(random_.Below(1000)) / 1000);
  if (verdict.fate == EventFate::kRetry) return Retry(attempt, verdict.due, last, batch);
  EventEnd end{verdict.fate, entry.failed, std::move(last)};
  if (verdict.fate == EventFate::kSucceeded) ++end.attempts;
  if (!end.last) end.last = LastAttemptOf(entry.sequence);
  End(attempt.turn, attempt.event, end, batch);
}

AttemptResult AsyncDispatcher::ResultOf(const Attempt& attempt) const {
  if (const Completed* const completed = std::get_if<Completed>(&*attempt.outcome)) {
    return completed->function_error ? AttemptResult::kFunctionError : AttemptResult::kAnswered;
  }
  const bool throttled = std::holds_alternative<Throttled>(*attempt.outcome);
  return throttled && never_runs_(IdOf(attempt.event)) ? AttemptResult::kNeverPossible : AttemptResult::kDelayed;
}

void AsyncDispatcher::Retry(Attempt& attempt, MonotonicTime due, const std::optional<records::LastAttempt>& last,
                            WriteBatch& batch) {
  const QueuedEntry& entry = attempt.turn.entry;
  const MonotonicTime now = clock_.Monotonic();
  const auto wall_of = [&](MonotonicTime time) {
    return UnixMillis(clock_.Wall()) + std::chrono::duration_cast<milliseconds>(time - now).count();
  };
  records::QueuedEventState state;
  state.set_account(attempt.event.account());
  state.set_function_name(attempt.event.function_name());
  state.set_accepted_ms(wall_of(entry.accepted));
  state.set_due_ms(wall_of(due));
  state.set_failed_attempts(entry.failed);
  state.set_delays(entry.delays);
  journal_.StageState(entry.sequence, state, last, batch);
  queue_.Add(attempt.turn.function, entry, due);
}

std::optional<records::LastAttempt> AsyncDispatcher::LastAttemptOf(uint64_t sequence) const {
  absl::StatusOr<std::optional<records::LastAttempt>> last = journal_.ReadLastAttempt(sequence);
  if (last.ok()) return *std::move(last);
  LogError("the last attempt of an event cannot be read", {{"error", last.status().ToString()}});
  return std::nullopt;
}

void AsyncDispatcher::End(const EventQueue::Turn& turn, const records::QueuedEvent& event, const EventEnd& end,
                          WriteBatch& batch) {
  const std::optional<records::QueuedEvent> message = EventForDestination(event, end);
  auto delivery = std::make_shared<Delivery>();
  delivery->letters = LettersOf(event, end);
  delivery->hops = event.hops();
  ++delivery->hops[FunctionKeyOf(event.account(), event.function_name())];
  if (!message && delivery->letters.empty()) return journal_.StageRemoval(turn.entry.sequence, batch);
  journal_.StageRemoval(turn.entry.sequence, delivery->removal);
  if (message) delivery->accepted = StageDestination(*message, delivery->removal);
  Deliver(delivery);
}

std::optional<records::QueuedEvent> AsyncDispatcher::EventForDestination(const records::QueuedEvent& event,
                                                                         const EventEnd& end) {
  const std::optional<records::EventInvokeConfig> config = configs_.Find(IdOf(event), event.qualifier());
  if (!config) return std::nullopt;
  const std::string& arn = end.fate == EventFate::kSucceeded ? config->on_success() : config->on_failure();
  const std::optional<InvokeTarget> target = FunctionOfArn(arn, options_.region);
  if (!target) return std::nullopt;
  if (const absl::Status may = MayTell(event, *target); !may.ok()) {
    ++destination_errors_;
    LogWarn("a function is not told of the end of an event",
            {{"destination", arn}, {"request_id", event.request_id()}, {"error", std::string(may.message())}});
    return std::nullopt;
  }
  records::QueuedEvent message;
  message.set_request_id(random_.Uuid());
  message.set_account(target->account);
  message.set_function_name(target->function_name);
  message.set_qualifier(target->qualifier);
  message.set_trace_header(WithRun(event.trace_header(), event.account(), event.function_name()));
  *message.mutable_hops() = event.hops();
  int32_t& hops = (*message.mutable_hops())[FunctionKeyOf(event.account(), event.function_name())];
  message.set_payload(RenderDestinationRecord(event, options_.region, end, clock_.Wall()));
  if (++hops >= kMaxHops || message.payload().size() > kMaxInvokeRequestBytes) {
    ++destination_errors_;
    LogWarn("a destination is not told: its record is too large, or the function has run itself too often",
            {{"destination", arn}, {"request_id", event.request_id()}, {"hops", std::to_string(hops)}});
    return std::nullopt;
  }
  return message;
}

absl::Status AsyncDispatcher::MayTell(const records::QueuedEvent& event, const InvokeTarget& target) const {
  if (!rules_.may_invoke) return absl::PermissionDeniedError("destinations are told nothing here");
  return rules_.may_invoke(event, target);
}

// The record is an event of its own: it takes the place of the one that ended in one synced write.
AsyncDispatcher::Accepted AsyncDispatcher::StageDestination(const records::QueuedEvent& event, WriteBatch& batch) {
  Accepted accepted;
  accepted.function = FunctionKeyOf(event.account(), event.function_name());
  accepted.entry.accepted = clock_.Monotonic();
  accepted.entry.sequence = journal_.StageNew(event, UnixMillis(clock_.Wall()), batch);
  return accepted;
}

}  // namespace hearth::controller
