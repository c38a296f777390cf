// AsyncDispatcher accepts events, runs each until it is done with, and tells its destination.
//
// An event is accepted when it is on disk. What happened to it later is written without waiting for the disk: after a
// power cut an attempt may be repeated, none is ever left out.
//
// Shapes:  one request id for all attempts; code, configuration and alias are those of the moment an attempt begins.
// Errors:  Accept: the database's, ResourceExhausted when the disk cannot follow or too many events wait.
// Threads: Accept from any thread; RunOnce by one thread (a WorkThread) or a test. Invocations end on whichever
//          thread their result comes on, and are settled by the next RunOnce.
// Limits:  AsyncOptions::max_waiting events wait in all, kMaxHops times a chain of events runs one function.
// Source:  semantics.md §9 and §10.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/async.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/random.h"
#include "controller/async/destinations.h"
#include "controller/async/event_invoke_configs.h"
#include "controller/async/event_journal.h"
#include "controller/async/event_queue.h"
#include "controller/async/letters.h"
#include "controller/invoke/invoker.h"
#include "controller/queues/queues.h"
#include "controller/store/commit_thread.h"
#include "controller/topics/deliveries.h"

namespace hearth::controller {

struct AsyncOptions {
  std::string region;
  std::chrono::seconds first_retry{60};
  std::string base_url = {};  // where clients reach the controller: what topics send names it
  size_t max_waiting = 5'000'000;
};

struct AsyncCounts {
  size_t waiting = 0;
  size_t running = 0;
  size_t dead_letter_errors = 0;  // dead letters that nobody took, since the start
  size_t destination_errors = 0;  // records that no destination took, since the start
};

// What the dispatcher asks about those it tells.
struct LetterRules {
  // The ARN of the dead-letter queue of what an event was to run; empty when it has none.
  std::function<std::string(const records::QueuedEvent& event)> dead_letter_arn = nullptr;
  // Whether what ran may send to the queue, as its role.
  std::function<absl::Status(const records::QueuedEvent& event, const QueueId& queue)> may_send = nullptr;
  // The same for publishing to the topic.
  std::function<absl::Status(const records::QueuedEvent& event, const TopicId& topic)> may_publish = nullptr;
  // Whether what ran may run the function, as its role.
  std::function<absl::Status(const records::QueuedEvent& event, const InvokeTarget& target)> may_invoke = nullptr;
};

class AsyncDispatcher {
 public:
  static constexpr int kMaxHops = 16;
  // Whether a function has reserved concurrency 0: its events can never run. Asked when one was throttled.
  using NeverRuns = std::function<bool(const FunctionId& id)>;

  AsyncDispatcher(AsyncOptions options, Database& database, EventJournal& journal, CommitThread& commits,
                  const EventInvokeConfigs& configs, Invoker& invoker, NeverRuns never_runs, Clock& clock,
                  Random& random);

  // Until then nobody is told of an end. Before Load.
  void SetRules(LetterRules rules) { rules_ = std::move(rules); }
  // Dead letters and destinations may be queues from now on. Before Load.
  void SetQueues(Queues& queues) { queues_ = &queues; }
  // The same for topics.
  void SetTopics(const Topics& topics, Deliveries& deliveries) {
    topics_ = &topics;
    deliveries_ = &deliveries;
  }
  // Takes up the events of the last run. Once, before anything else.
  absl::Status Load();

  // OK once the event will run, whatever happens.
  Async<absl::Status> Accept(records::QueuedEvent event);

  // Settles what ended, starts what is due; answers until when there is nothing to do unless something happens.
  std::optional<MonotonicTime> RunOnce();
  // Waits until something happened since the last RunOnce, `until`, or Wake.
  void Wait(std::optional<MonotonicTime> until);
  void Wake();
  // From now on nothing new begins; what runs is settled as before, and what is accepted waits on disk.
  void Pause();

  AsyncCounts Counts() const;

 private:
  struct Accepted {
    std::string function;
    QueuedEntry entry;
    MonotonicTime due{};
  };
  // One attempt, from its start until it is settled.
  struct Attempt {
    EventQueue::Turn turn;
    records::QueuedEvent event;
    absl::StatusOr<InvokeOutcome> outcome = InvokeOutcome(Completed{});
  };
  using AttemptPtr = std::shared_ptr<Attempt>;

  void Begin(EventQueue::Turn turn, WriteBatch& batch);
  InvokeRequest RequestOf(const records::QueuedEvent& event) const;
  void Settle(Attempt& attempt, WriteBatch& batch);
  AttemptResult ResultOf(const Attempt& attempt) const;
  void Retry(Attempt& attempt, MonotonicTime due, const std::optional<records::LastAttempt>& last, WriteBatch& batch);
  void End(const EventQueue::Turn& turn, const records::QueuedEvent& event, const EventEnd& end, WriteBatch& batch);
  // The event a destination gets; nullopt when there is none.
  std::optional<records::QueuedEvent> EventForDestination(const records::QueuedEvent& event, const EventEnd& end);
  absl::Status MayTell(const records::QueuedEvent& event, const InvokeTarget& target) const;
  std::optional<records::LastAttempt> LastAttemptOf(uint64_t sequence) const;
  RetryPolicy PolicyOf(const records::QueuedEvent& event) const;
  void Post(Accepted accepted);
  Accepted StageDestination(const records::QueuedEvent& event, WriteBatch& batch);

  // letters_delivery.cc. An ended event on its way to queues and topics; its rows go with the last letter.
  struct Delivery {
    std::deque<Letter> letters;
    google::protobuf::Map<std::string, int32_t> hops;  // of what follows from it
    WriteBatch removal;
    std::optional<Accepted> accepted;  // the event of a destination that is a function
    MonotonicTime due{};               // when it is tried again
  };
  using DeliveryPtr = std::shared_ptr<Delivery>;
  std::deque<Letter> LettersOf(const records::QueuedEvent& event, const EventEnd& end);
  void AddLetter(const records::QueuedEvent& event, const std::string& arn, NewMessage message, bool dead,
                 std::deque<Letter>& letters);
  absl::Status CheckQueue(const records::QueuedEvent& event, const Letter& letter) const;
  absl::Status CheckTopic(const records::QueuedEvent& event, const Letter& letter) const;
  void Deliver(const DeliveryPtr& delivery);
  void Publish(const DeliveryPtr& delivery, const Letter& letter, WriteBatch with);
  void Delivered(const DeliveryPtr& delivery, const absl::Status& sent);
  void DeliverLate();
  void CountLost(const Letter& letter, const absl::Status& why);

  const AsyncOptions options_;
  Database& database_;
  EventJournal& journal_;
  CommitThread& commits_;
  const EventInvokeConfigs& configs_;
  Invoker& invoker_;
  const NeverRuns never_runs_;
  Clock& clock_;
  Random& random_;
  EventQueue queue_;  // of the thread that runs RunOnce
  Queues* queues_ = nullptr;
  const Topics* topics_ = nullptr;
  Deliveries* deliveries_ = nullptr;
  LetterRules rules_;
  std::atomic<size_t> dead_letter_errors_{0};
  std::atomic<size_t> destination_errors_{0};

  mutable Mutex mutex_;
  std::condition_variable happened_;
  std::vector<Accepted> accepted_ GUARDED_BY(mutex_);
  std::vector<AttemptPtr> ended_ GUARDED_BY(mutex_);
  std::vector<DeliveryPtr> late_ GUARDED_BY(mutex_);  // their queues had no room
  bool woken_ GUARDED_BY(mutex_) = false;
  bool paused_ GUARDED_BY(mutex_) = false;
  AsyncCounts counts_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
