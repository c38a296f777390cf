// Deliveries bring what was published to everyone who had subscribed, until each has it or never can.
//
// A message is taken when it is on disk, with the names of those who get it. What became of a delivery is written
// without waiting for the disk: after a crash some may get a message twice, nobody misses one.
//
// Shapes:  what a subscriber refuses for good, or for too long, goes to its subscription's dead-letter queue.
// Errors:  Publish: the database's; ResourceExhausted when too many messages wait.
// Threads: Publish from any thread; RunOnce and Wait by one thread (a WorkThread), or a test. Deliveries end on the
//          commit thread. The destructor waits for those that run; begin none by then.
// Limits:  kMaxRunning messages at once, beside them kMaxRunningFar to URLs, which never hold up the others;
// kMaxWaiting
//          in all.
// Source:  SNS Developer Guide, "Amazon SNS message delivery retries", "Amazon SNS dead-letter queues".
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/async.h"
#include "common/clock.h"
#include "controller/queues/queues.h"
#include "controller/store/commit_thread.h"
#include "controller/topics/message_signer.h"
#include "controller/topics/notification.h"
#include "controller/topics/topics.h"
#include "proto/records.pb.h"

namespace hearth::controller {

// Where deliveries leave the rooms of topics.
struct DeliveryDoors {
  // Whether the policy of the endpoint lets SNS in for the topic. NotFound: there is no such function.
  std::function<absl::Status(const QueueId& queue, const TopicId& topic)> may_send;
  std::function<absl::Status(const std::string& function_arn, const TopicId& topic)> may_invoke;
  // Runs the function with an event, whose target is filled in; OK once it will run.
  std::function<Async<absl::Status>(std::string function_arn, records::QueuedEvent event)> run;
  // nullptr: nothing is posted to URLs.
  using Done = std::function<void(const absl::Status&)>;
  std::function<void(const records::TopicMessage& message, const records::TopicSubscription& to, std::string body,
                     Done done)>
      post = nullptr;
};

struct DeliveryCounts {
  size_t waiting = 0;  // messages
  size_t running = 0;
  size_t lost = 0;  // deliveries that were given up and no dead-letter queue took, since the start
};

class Deliveries {
 public:
  static constexpr size_t kMaxRunning = 200;
  static constexpr size_t kMaxRunningFar = 64;
  static constexpr size_t kMaxWaiting = 1'000'000;
  static constexpr size_t kMaxMessageBytes = 262144;  // a text and its attributes

  Deliveries(std::string region, Database& database, CommitThread& commits, Topics& topics, Queues& queues,
             const MessageSigner& signer, DeliveryDoors doors, Clock& clock, Random& random);
  ~Deliveries();

  // Takes up what the last run left. Once, before anything else.
  absl::Status Load();

  // A message with a new id, its topic's and the time.
  records::TopicMessage NewMessageTo(const records::Topic& topic);
  // OK once each message will reach everyone who is subscribed now. `with` is written along, or not at all.
  Async<absl::Status> Publish(std::vector<records::TopicMessage> messages, WriteBatch with = {});

  // Asks whoever is at the URL of a subscription to confirm it. Blocks until that is on disk.
  absl::Status AskToConfirm(const records::TopicSubscription& row, const std::string& base_url);

  std::optional<MonotonicTime> RunOnce();
  void Wait(std::optional<MonotonicTime> until);
  void Wake();
  DeliveryCounts Counts() const;

 private:
  struct Target {
    std::string subscription;
    int32_t failures = 0;
    MonotonicTime due{};
    bool dead = false;
    bool done = false;
  };
  struct Waiting {
    std::vector<Target> targets;
    bool far = false;
  };
  struct Lane {
    std::set<std::pair<MonotonicTime, uint64_t>> schedule;
    size_t running = 0;
    size_t most = 0;
  };
  using Added = std::vector<std::pair<uint64_t, Waiting>>;
  struct Job {
    explicit Job(const MessageSigner& signer) : signatures(signer) {}

    uint64_t number = 0;
    records::TopicMessage message;
    Signatures signatures;
    std::vector<Target> targets;
    std::atomic<size_t> open{1};  // deliveries that run, and the one who starts them
  };
  using JobPtr = std::shared_ptr<Job>;

  absl::Status LoadOne(const KeyValue& pair);
  // Puts a message whose subscriptions are named into the batch.
  absl::Status Stage(const records::TopicMessage& message, WriteBatch& batch, Added& added);
  void Add(uint64_t number, Waiting waiting) REQUIRES(mutex_);
  void AddAll(Added added);
  Lane& LaneOf(bool far) REQUIRES(mutex_) { return far ? far_ : near_; }
  void Begin(uint64_t number, Waiting waiting);
  void Deliver(const JobPtr& job, size_t index);
  void DeliverToFunction(const JobPtr& job, size_t index, const records::TopicSubscription& row);
  void DeliverToQueue(const JobPtr& job, size_t index, const records::TopicSubscription& row, const std::string& arn);
  void DeliverToUrl(const JobPtr& job, size_t index, const records::TopicSubscription& row);
  void Ended(const JobPtr& job, size_t index, const absl::Status& result);
  void Close(const JobPtr& job);
  void Finish(Job& job) REQUIRES(mutex_);

  const std::string region_;
  Database& database_;
  CommitThread& commits_;
  Topics& topics_;
  Queues& queues_;
  const MessageSigner& signer_;
  const DeliveryDoors doors_;
  Clock& clock_;
  Random& random_;
  std::atomic<size_t> lost_{0};

  mutable Mutex mutex_;
  std::condition_variable happened_, ended_;
  std::map<uint64_t, Waiting> waiting_ GUARDED_BY(mutex_);
  Lane near_ GUARDED_BY(mutex_){{}, 0, kMaxRunning};
  Lane far_ GUARDED_BY(mutex_){{}, 0, kMaxRunningFar};
  uint64_t next_number_ GUARDED_BY(mutex_) = 1;
  bool woken_ GUARDED_BY(mutex_) = false;
};

}  // namespace hearth::controller
