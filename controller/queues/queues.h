// Queues keeps messages until a consumer has deleted them.
//
// A message is taken when it is on disk, and a deletion answered when it is: what was deleted never comes back. Who has
// a message, until when and how often it was received is written without waiting for the disk: it outlives the process,
// and after a power cut a message may be received once more. Everything is written in the order in which it happened.
//
// Shapes:  deadlines count by the monotonic clock; those of an earlier run are no longer than they ever were.
// Errors:  QueueProblem for what the caller did; ResourceExhausted and the database's otherwise.
// Threads: any thread, but for RunOnce and Wait (a WorkThread, or a test). What is awaited goes on on the commit
//          thread or a reader's and must not block there.
// Limits:  kMaxQueues, kMaxWaiters, QueueOptions::max_messages; kMaxInFlight and kMaxFifoInFlight of one queue.
// Source:  SQS Developer Guide, "Amazon SQS quotas", "Amazon SQS dead-letter queues", "FIFO delivery logic".
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/async.h"
#include "common/io/thread_pool.h"
#include "common/random.h"
#include "controller/queues/dedup_window.h"
#include "controller/queues/message_index.h"
#include "controller/queues/queue_problem.h"
#include "controller/queues/queue_types.h"
#include "controller/queues/receipt_handle.h"
#include "controller/store/commit_thread.h"

namespace hearth::controller {

struct QueueOptions {
  std::string region;
  size_t max_messages = 2'000'000;
  size_t max_remembered = DedupWindow::kMaxRemembered;
};

class Queues {
 public:
  static constexpr size_t kMaxQueues = 10'000;
  static constexpr size_t kMaxWaiters = 10'000;
  static constexpr size_t kMaxInFlight = 120'000;
  static constexpr size_t kMaxFifoInFlight = 20'000;
  static constexpr std::chrono::seconds kLongestVisibility{12 * 3600};
  static constexpr std::chrono::seconds kRepose{60};  // after a deletion or a purge

  // Takes up what earlier runs left.
  static absl::StatusOr<std::unique_ptr<Queues>> Open(QueueOptions options, Database& database, CommitThread& commits,
                                                      Clock& clock, Random& random);
  Queues(QueueOptions options, Database& database, CommitThread& commits, Clock& clock, Random& random);
  ~Queues();
  // Answers everyone who waits; from then on nobody does.
  void Stop();

  // queues_rows.cc: queues themselves. Changes block until they are on disk.
  absl::StatusOr<QueuePtr> Find(const QueueId& id) const;
  // In the order of names, beginning after `after`; at most `limit`.
  std::vector<QueuePtr> List(const std::string& account, const std::string& prefix, const std::string& after,
                             size_t limit) const;
  std::vector<QueuePtr> DeadLetterSources(const QueueId& id, const std::string& after, size_t limit) const;
  absl::StatusOr<QueuePtr> Create(records::Queue queue);
  using Change = std::function<absl::Status(records::Queue& queue)>;
  absl::StatusOr<QueuePtr> Update(const QueueId& id, const Change& change);
  absl::Status Delete(const QueueId& id);
  absl::Status Purge(const QueueId& id);
  absl::StatusOr<QueueCounts> Counts(const QueueId& id);

  // queues_send.cc. `with` is written along with the messages, or not at all.
  using SendResults = absl::StatusOr<std::vector<absl::StatusOr<SentMessage>>>;
  Async<SendResults> Send(QueueId id, std::vector<NewMessage> messages, WriteBatch with = {});

  // queues_receive.cc
  Async<absl::StatusOr<std::vector<ReceivedMessage>>> Receive(QueueId id, ReceiveRequest request);

  // queues_delete.cc: one answer for each.
  using Answers = absl::StatusOr<std::vector<absl::Status>>;
  Async<Answers> DeleteMessages(QueueId id, std::vector<std::string> receipts);
  Async<Answers> ChangeVisibility(QueueId id, std::vector<VisibilityChange> changes);

  // queues_moves.cc: tasks that empty a dead-letter queue. Changes block until they are on disk.
  absl::StatusOr<records::QueueMoveTask> StartMove(const QueueId& source, const std::string& destination_arn,
                                                   int32_t per_second);
  // Newest first.
  std::vector<records::QueueMoveTask> ListMoves(const QueueId& source, size_t limit) const;
  absl::StatusOr<records::QueueMoveTask> CancelMove(const std::string& account, const std::string& task);
  absl::StatusOr<records::QueueMoveTask> FindMove(const std::string& account, const std::string& task) const;

  // queues_time.cc: does what is due; answers until when there is nothing to do unless something happens.
  std::optional<MonotonicTime> RunOnce();
  // Waits until something happened since the last RunOnce, `until`, or Wake.
  void Wait(std::optional<MonotonicTime> until);
  void Wake();

 private:
  struct Taken {
    uint64_t message = 0;
    uint64_t state = 0;
    std::string receipt;
    int32_t receives = 0;
    int64_t first_received_ms = 0;
    std::shared_ptr<const std::string> dead_letter_source;
  };
  struct Waiter {
    ReceiveRequest request;
    MonotonicTime deadline{};
    uint64_t turn = 0;
    std::vector<Taken> taken;
    Completion<absl::StatusOr<std::vector<ReceivedMessage>>> done;
  };
  using WaiterPtr = std::shared_ptr<Waiter>;
  // Those who wait at one queue, in the order in which they came.
  class Line {
   public:
    bool empty() const { return waiters_.empty(); }
    WaiterPtr first() const { return waiters_.begin()->second; }
    void Add(const WaiterPtr& waiter);
    void Remove(const WaiterPtr& waiter);
    // Whose time is over first, and when.
    std::optional<MonotonicTime> due() const;
    WaiterPtr soonest() const { return waiters_.at(deadlines_.begin()->second); }

   private:
    std::map<uint64_t, WaiterPtr> waiters_;  // by their turn
    std::set<std::pair<MonotonicTime, uint64_t>> deadlines_;
    uint64_t next_turn_ = 0;
  };
  struct Attempt {
    MonotonicTime until{};
    std::vector<Taken> taken;
  };
  struct Slot {
    Slot(QueuePtr queue, bool fifo) : row(std::move(queue)), index(fifo) {}
    QueuePtr row;
    MessageIndex index;
    Line waiters;
    std::map<std::string, Attempt> attempts;
    std::optional<MonotonicTime> due;  // its place in schedule_
    MonotonicTime purged{};            // when it may be purged again
  };
  struct Sending;
  struct Leaving {
    uint64_t number = 0;
    MonotonicTime hidden_until{};
    bool was_in_flight = false;
  };
  struct Move {
    records::QueueMoveTask task;
    double allowance = 0;  // messages it may move now
    MonotonicTime last{};
  };

  // queues_load.cc
  absl::Status Load();
  absl::Status LoadQueues();
  absl::Status LoadMessages();
  absl::Status LoadWindow();
  absl::Status LoadMoves();
  IndexedMessage MessageOf(uint64_t number, const records::QueueMessageState& state, int64_t now_ms,
                           MonotonicTime now) const;

  // All below: with mutex_ held, unless they say otherwise.
  Slot* FindSlot(const QueueId& id) const;
  Slot* FindSlot(uint64_t queue) const;
  absl::StatusOr<Slot*> SlotOf(const QueueId& id) const;
  // Numbers are reserved on disk before they are used: with `batch`, unless a write has done so already.
  uint64_t NextNumber(WriteBatch& batch);
  // What a write that took `number` has reserved; 0: nothing.
  uint64_t ReservedWith(uint64_t number) const { return number < reserved_below_ ? 0 : reserving_below_; }
  void StageState(const Slot& slot, const IndexedMessage& message, WriteBatch& batch) const;
  static void StageRemoval(const IndexedMessage& message, WriteBatch& batch);
  void Post(WriteBatch batch);  // nobody waits for it
  void Discard(const IndexedMessage& message);

  absl::Status StageSend(const QueueId& id, std::vector<NewMessage>& messages, Sending& sending, WriteBatch& batch);
  bool StageRepeated(const Slot& slot, const records::QueueMessage& message, Sending& sending);
  void RememberSent(const Slot& slot, const records::QueueMessage& message, uint64_t number, Sending& sending,
                    WriteBatch& batch);
  void StageOne(const Slot& slot, NewMessage& message, Sending& sending, WriteBatch& batch);
  void Arrive(Sending& sending, const absl::Status& written);  // takes mutex_
  void ArriveAt(Slot& slot, Sending& sending);

  bool Serve(Slot& slot, const WaiterPtr& waiter);
  bool Repeat(Slot& slot, Waiter& waiter, WriteBatch& batch);
  MessageIndex::Decision Decide(Slot& slot, Waiter& waiter, IndexedMessage& message, WriteBatch& batch);
  void Take(Slot& slot, Waiter& waiter, IndexedMessage& message, WriteBatch& batch);
  bool MoveToDeadLetters(const Slot& slot, const IndexedMessage& message, WriteBatch& batch);
  // As a new arrival in `target`; the caller takes it out of where it was.
  void MoveInto(Slot& target, const IndexedMessage& message, std::shared_ptr<const std::string> source,
                WriteBatch& batch);
  void Answer(const WaiterPtr& waiter, WriteBatch batch);
  // Takes it out of the line.
  void AnswerWithNothing(Slot& slot, const WaiterPtr& waiter);
  void RememberAttempt(Slot& slot, const Waiter& waiter);
  std::vector<ReceivedMessage> Read(const std::vector<Taken>& taken) const;  // without mutex_; blocks on disk
  void Feed(Slot& slot);
  void FeedOthers();
  void Schedule(Slot& slot);

  absl::Status StageDelete(Slot& slot, const std::string& receipt, std::vector<Leaving>& leaving, WriteBatch& batch);
  void Left(uint64_t queue, const std::vector<Leaving>& leaving, bool written);
  absl::Status StageVisibility(Slot& slot, const VisibilityChange& change, WriteBatch& batch);
  absl::StatusOr<IndexedMessage*> OfReceipt(Slot& slot, const std::string& receipt, ReceiptHandle& handle) const;

  void Sweep(MonotonicTime now);
  // Whether there may be more of it.
  bool SweepSlot(Slot& slot, MonotonicTime now, WriteBatch& batch);
  void AnswerLate(Slot& slot, MonotonicTime now);
  std::optional<MonotonicTime> NextTime(MonotonicTime now) const;
  void RemoveDiscarded();
  void RunMoves(MonotonicTime now);
  void RunMove(Move& move, MonotonicTime now);
  bool MoveOne(const Slot& source, Move& move, const IndexedMessage& message, WriteBatch& batch);
  void EndMove(Move& move, records::QueueMoveTask::Status status, std::string failure, WriteBatch& batch);
  void DropSlot(const QueueId& id);

  const QueueOptions options_;
  Database& database_;
  CommitThread& commits_;
  Clock& clock_;
  Random& random_;

  // Held across the synced write of a queue's row, against the rule: a change reads what it replaces.
  Mutex writer_;
  // Held while a write is posted, which does not wait: writes are in the order of what happened.
  mutable Mutex mutex_;
  std::condition_variable happened_, answered_;
  std::map<QueueId, std::unique_ptr<Slot>> slots_ GUARDED_BY(mutex_);
  absl::flat_hash_map<uint64_t, Slot*> by_number_ GUARDED_BY(mutex_);
  std::map<QueueId, MonotonicTime> deleted_ GUARDED_BY(mutex_);  // until when the name rests
  std::set<std::pair<MonotonicTime, uint64_t>> schedule_ GUARDED_BY(mutex_);
  std::set<uint64_t> hungry_ GUARDED_BY(mutex_);  // queues that got messages from other ones
  DedupWindow window_ GUARDED_BY(mutex_);
  std::map<std::string, Move> moves_ GUARDED_BY(mutex_);                    // by their row's key
  std::deque<std::pair<uint64_t, uint64_t>> discarded_ GUARDED_BY(mutex_);  // rows to remove: state and message
  std::vector<WaiterPtr> unanswered_ GUARDED_BY(mutex_);                    // the commit thread had no room for
  uint64_t next_number_ GUARDED_BY(mutex_) = 1;
  uint64_t reserved_below_ GUARDED_BY(mutex_) = 0;   // on disk
  uint64_t reserving_below_ GUARDED_BY(mutex_) = 0;  // on the way there
  size_t messages_ GUARDED_BY(mutex_) = 0;           // kept, and on the way to the disk
  size_t waiters_ GUARDED_BY(mutex_) = 0;
  size_t answering_ GUARDED_BY(mutex_) = 0;  // receive calls whose answer is on its way
  MonotonicTime next_sweep_ GUARDED_BY(mutex_){};
  bool woken_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;

  ThreadPool readers_;  // last: its tasks use everything above
};

}  // namespace hearth::controller
