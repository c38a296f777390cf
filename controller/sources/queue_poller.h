// QueuePoller runs a function with the messages of a queue, for one event source mapping.
//
// Messages are received one batch after the other; batches run side by side, as many as have shown to be borne: more
// while all are busy, half as many after one was throttled. What was processed is deleted; what was not becomes visible
// again when its time is over.
//
// Shapes:  a batch has at most batch_size messages and kMaxInvokeRequestBytes; it is closed when it is full or its
//          window is over.
// Errors:  none; what goes wrong is reported in a sentence, and tried again ever later.
// Threads: any thread. Nothing waits: receiving, running and deleting go on from where their answer comes.
// Limits:  kFirstConcurrency batches at once at first, kLargestConcurrency or the mapping's maximum at most.
// Source:  Lambda Developer Guide, "Using Lambda with Amazon SQS"; "Configuring scaling behavior".
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "common/random.h"
#include "controller/invoke/invoker.h"
#include "controller/pattern/event_pattern.h"
#include "controller/queues/queues.h"
#include "controller/sources/sqs_event.h"
#include "proto/event_source_records.pb.h"

namespace hearth::controller {

// What all pollers share.
struct PollerServices {
  std::string region;
  Queues& queues;
  Invoker& invoker;
  Clock& clock;
  Random& random;
  // Why the mapping cannot be processed now: its function is gone, or its role may not consume. OK when it can.
  std::function<absl::Status(const records::EventSource& source)> check;
};

class QueuePoller : public std::enable_shared_from_this<QueuePoller> {
 public:
  static constexpr double kFirstConcurrency = 5;
  static constexpr double kLargestConcurrency = 1250;
  static constexpr double kGrowthPerSecond = 5;
  static constexpr std::chrono::seconds kLongestPause{60};

  // `report`: the newest problem, empty when there is none. `wake`: Tick has something new to wait for.
  using Report = std::function<void(std::string problem)>;
  QueuePoller(records::EventSource source, const PollerServices& services, Report report, std::function<void()> wake);

  // Goes on with what waited for a time. Answers until when to wait.
  std::optional<MonotonicTime> Tick();
  // Receives nothing more; what runs is finished.
  void Stop();
  bool IsIdle() const;

 private:
  struct Batch {
    std::vector<ReceivedMessage> messages;
    std::vector<std::string> records;
    size_t bytes = 0;
  };
  using BatchPtr = std::shared_ptr<Batch>;

  void Pump();
  // With mutex_ held: the batches to run now, as many as may.
  std::vector<BatchPtr> TakeReady(MonotonicTime now);
  void Receive(ReceiveRequest request);
  // With mutex_ held: whether to receive now.
  bool WantsMore(MonotonicTime now) const;
  double Limit() const;
  ReceiveRequest NextRequest(MonotonicTime now) const;
  void Received(absl::StatusOr<std::vector<ReceivedMessage>> received);
  // With mutex_ held: batches that are full become ready.
  void Gather(std::vector<ReceivedMessage> messages, std::vector<std::string>& unwanted);
  void Close();
  // With mutex_ held: what was received and does not run.
  std::vector<BatchPtr> TakeUnbegun();
  bool IsWanted(const ReceivedMessage& message) const;
  void Launch(const BatchPtr& batch);
  void Ended(const BatchPtr& batch, const absl::StatusOr<InvokeOutcome>& outcome);
  // The receipts of what was processed; nullopt when nothing was.
  std::optional<std::vector<std::string>> Processed(const Batch& batch, const Completed& completed) const;
  void Finish(bool well, std::string problem);
  void BackOff(bool throttled);
  void DeleteThen(std::vector<std::string> receipts, std::function<void()> then);
  void GiveBack(const std::vector<BatchPtr>& batches);

  const records::EventSource source_;
  const PollerServices& services_;
  const Report report_;
  const std::function<void()> wake_;
  QueueId queue_;
  SqsSource shown_;
  std::vector<EventPattern> filters_;

  mutable Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool receiving_ GUARDED_BY(mutex_) = false;
  size_t running_ GUARDED_BY(mutex_) = 0;
  Batch gathered_ GUARDED_BY(mutex_);
  std::deque<BatchPtr> ready_ GUARDED_BY(mutex_);  // closed: they run as soon as they may
  MonotonicTime gather_until_ GUARDED_BY(mutex_){};
  double limit_ GUARDED_BY(mutex_) = kFirstConcurrency;
  MonotonicTime grown_ GUARDED_BY(mutex_){};
  MonotonicTime not_before_ GUARDED_BY(mutex_){};
  int failures_ GUARDED_BY(mutex_) = 0;  // in a row
};

}  // namespace hearth::controller
