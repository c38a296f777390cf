#include "controller/queues/queues.h"

#include <gtest/gtest.h>

#include <future>

#include "controller/store/function_store_test_support.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

const QueueId kId{"000000000000", "orders"};
const QueueId kDead{"000000000000", "dead"};

template <class T>
std::future<T> Begin(Async<T> work) {
  auto promise = std::make_shared<std::promise<T>>();
  StartAsync(std::move(work), [promise](T value) { promise->set_value(std::move(value)); });
  return promise->get_future();
}

class QueuesTest : public testing::Test {
 protected:
  QueuesTest() { Restart(); }

  void Restart() {
    queues_.reset();
    commits_.reset();
    commits_ = std::make_unique<CommitThread>(*database_);
    queues_ =
        Queues::Open({.region = "eu-west-1", .max_remembered = max_remembered_}, *database_, *commits_, clock_, random_)
            .value();
  }
  static records::Queue RowOf(const QueueId& id) {
    records::Queue row;
    row.set_account(id.account);
    row.set_name(id.name);
    row.set_fifo(id.name.ends_with(".fifo"));
    row.set_visibility_seconds(30);
    row.set_retention_seconds(345600);
    row.set_max_message_bytes(1048576);
    return row;
  }
  void Make(const QueueId& id) { ASSERT_TRUE(queues_->Create(RowOf(id)).ok()); }
  static NewMessage MessageOf(const std::string& body, const std::string& group = "", const std::string& dedup = "") {
    NewMessage message;
    message.message.set_body(body);
    message.message.set_group(group);
    message.message.set_deduplication_id(dedup);
    return message;
  }
  SentMessage Send(const QueueId& id, NewMessage message) {
    std::vector<NewMessage> messages;
    messages.push_back(std::move(message));
    return *Begin(queues_->Send(id, std::move(messages))).get()->front();
  }
  std::vector<ReceivedMessage> Receive(const QueueId& id, ReceiveRequest request = {.limit = 10}) {
    return Begin(queues_->Receive(id, std::move(request))).get().value();
  }
  std::vector<std::string> Bodies(const QueueId& id) {
    std::vector<std::string> bodies;
    for (const ReceivedMessage& message : Receive(id)) bodies.push_back(message.message.body());
    return bodies;
  }
  absl::Status Delete(const QueueId& id, const std::string& receipt) {
    return Begin(queues_->DeleteMessages(id, {receipt})).get()->front();
  }
  absl::Status Hide(const QueueId& id, const std::string& receipt, std::chrono::seconds visibility) {
    return Begin(queues_->ChangeVisibility(id, {{receipt, visibility}})).get()->front();
  }
  void Redrive(const QueueId& from, const QueueId& to, int max_receives) {
    ASSERT_TRUE(queues_
                    ->Update(from,
                             [&](records::Queue& row) {
                               row.set_dead_letter_arn(QueueArn("eu-west-1", to));
                               row.set_max_receives(max_receives);
                               return absl::OkStatus();
                             })
                    .ok());
  }
  size_t Rows(std::string_view prefix) { return database_->Scan(prefix, "", 1000)->size(); }

  FakeClock clock_;
  SeededRandom random_{3};
  std::unique_ptr<FailingDatabase> database_ = std::make_unique<FailingDatabase>();
  size_t max_remembered_ = DedupWindow::kMaxRemembered;
  std::unique_ptr<CommitThread> commits_;
  std::unique_ptr<Queues> queues_;
};

using Texts = std::vector<std::string>;

TEST_F(QueuesTest, KeepsAMessageUntilItIsDeleted) {
  Make(kId);
  const SentMessage sent = Send(kId, MessageOf("hello"));
  const std::vector<ReceivedMessage> got = Receive(kId);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].message.message_id(), sent.message_id);
  EXPECT_EQ(got[0].receives, 1);
  EXPECT_EQ(Bodies(kId), Texts{});
  clock_.Advance(30s);
  const std::vector<ReceivedMessage> again = Receive(kId);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].receives, 2);
  EXPECT_TRUE(Delete(kId, again[0].receipt).ok());
  clock_.Advance(1h);
  EXPECT_EQ(Bodies(kId), Texts{});
  EXPECT_EQ(Rows("queue-message/") + Rows("queue-state/"), 0u);
}

TEST_F(QueuesTest, ReceivesAndDeletionsOutliveTheProcess) {
  Make(kId);
  Send(kId, MessageOf("a"));
  Send(kId, MessageOf("b"));
  const std::vector<ReceivedMessage> got = Receive(kId);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_TRUE(Delete(kId, got[0].receipt).ok());
  Restart();
  EXPECT_EQ(Bodies(kId), Texts{});  // b is still hidden
  clock_.Advance(30s);
  const std::vector<ReceivedMessage> again = Receive(kId);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].message.body(), "b");
  EXPECT_EQ(again[0].receives, 2);
  EXPECT_TRUE(Delete(kId, got[1].receipt).ok());  // an older receipt of a standard queue is one, too
  Restart();
  clock_.Advance(1h);
  EXPECT_EQ(Bodies(kId), Texts{});
}

TEST_F(QueuesTest, NeverUsesANumberTwice) {
  Make(kId);
  const SentMessage first = Send(kId, MessageOf("a"));
  EXPECT_TRUE(Delete(kId, Receive(kId)[0].receipt).ok());
  Restart();
  EXPECT_GT(Send(kId, MessageOf("b")).number, first.number);
}

TEST_F(QueuesTest, NeverUsesANumberTwiceAfterAWriteThatFailed) {
  database_->fail = true;
  EXPECT_FALSE(queues_->Create(RowOf(kId)).ok());  // it would have reserved numbers
  database_->fail = false;
  Make(kId);
  const SentMessage first = Send(kId, MessageOf("a"));
  EXPECT_TRUE(Delete(kId, Receive(kId)[0].receipt).ok());
  Restart();
  EXPECT_GT(Send(kId, MessageOf("b")).number, first.number);
}

TEST_F(QueuesTest, DelaysMessagesByTheirOwnDelayOrTheQueues) {
  records::Queue row = RowOf(kId);
  row.set_delay_seconds(10);
  ASSERT_TRUE(queues_->Create(row).ok());
  NewMessage at_once = MessageOf("at once");
  at_once.delay = 0s;
  Send(kId, MessageOf("later"));
  Send(kId, std::move(at_once));
  EXPECT_EQ(queues_->Counts(kId)->delayed, 1u);
  EXPECT_EQ(Bodies(kId), (Texts{"at once"}));
  Restart();
  clock_.Advance(10s);
  EXPECT_EQ(Bodies(kId), (Texts{"later"}));
}

TEST_F(QueuesTest, AWaitingReceiveGetsWhatComes) {
  Make(kId);
  auto waiting = Begin(queues_->Receive(kId, {.limit = 1, .wait = 20s}));
  EXPECT_EQ(waiting.wait_for(10ms), std::future_status::timeout);
  Send(kId, MessageOf("hello"));
  EXPECT_EQ(waiting.get()->at(0).message.body(), "hello");
}

TEST_F(QueuesTest, AWaitingReceiveEndsEmptyWhenItsTimeIsOver) {
  Make(kId);
  auto waiting = Begin(queues_->Receive(kId, {.limit = 1, .wait = 20s}));
  EXPECT_EQ(queues_->RunOnce(), clock_.Monotonic() + 1s);
  clock_.Advance(20s);
  queues_->RunOnce();
  EXPECT_TRUE(waiting.get()->empty());
}

TEST_F(QueuesTest, AWaitingReceiveGetsWhatBecomesVisible) {
  Make(kId);
  Send(kId, MessageOf("hello"));
  ASSERT_EQ(Receive(kId, {.limit = 1, .visibility = 5s}).size(), 1u);
  auto waiting = Begin(queues_->Receive(kId, {.limit = 1, .wait = 20s}));
  clock_.Advance(5s);
  queues_->RunOnce();
  EXPECT_EQ(waiting.get()->at(0).receives, 2);
}

TEST_F(QueuesTest, GivesNothingToWhoeverIsGone) {
  Make(kId);
  auto gone = Begin(queues_->Receive(kId, {.limit = 1, .wait = 20s, .abandoned = [] { return true; }}));
  auto waiting = Begin(queues_->Receive(kId, {.limit = 1, .wait = 20s}));
  Send(kId, MessageOf("hello"));
  EXPECT_EQ(waiting.get()->size(), 1u);
  EXPECT_TRUE(gone.get()->empty());
}

TEST_F(QueuesTest, ChangesHowLongAMessageIsHidden) {
  Make(kId);
  Send(kId, MessageOf("hello"));
  const std::string receipt = Receive(kId)[0].receipt;
  EXPECT_TRUE(Hide(kId, receipt, 60s).ok());
  clock_.Advance(59s);
  EXPECT_EQ(Bodies(kId), Texts{});
  EXPECT_EQ(QueueProblemOf(Hide(kId, receipt, 12h)), QueueProblem::kHiddenTooLong);
  EXPECT_TRUE(Hide(kId, receipt, 0s).ok());
  EXPECT_EQ(QueueProblemOf(Hide(kId, receipt, 5s)), QueueProblem::kNotInFlight);
  EXPECT_EQ(Bodies(kId), (Texts{"hello"}));
  EXPECT_EQ(QueueProblemOf(Hide(kId, receipt, 5s)), QueueProblem::kExpiredReceipt);
}

TEST_F(QueuesTest, RefusesReceiptsOfOthers) {
  Make(kId);
  Make(kDead);
  Send(kId, MessageOf("hello"));
  const std::string receipt = Receive(kId)[0].receipt;
  EXPECT_EQ(QueueProblemOf(Delete(kDead, receipt)), QueueProblem::kInvalidReceipt);
  EXPECT_EQ(QueueProblemOf(Delete(kId, "nonsense")), QueueProblem::kInvalidReceipt);
  ReceiptHandle guessed = *ReceiptHandle::Parse(receipt);
  ++guessed.secret;
  EXPECT_EQ(QueueProblemOf(Delete(kId, guessed.ToString())), QueueProblem::kInvalidReceipt);
}

TEST_F(QueuesTest, MovesAMessageToTheDeadLettersOnceItWasReceivedOften) {
  Make(kId);
  Make(kDead);
  Redrive(kId, kDead, 2);
  const SentMessage sent = Send(kId, MessageOf("poison"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Bodies(kId), (Texts{"poison"}));
    clock_.Advance(30s);
  }
  EXPECT_EQ(Bodies(kId), Texts{});
  Restart();
  const std::vector<ReceivedMessage> dead = Receive(kDead);
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0].message.message_id(), sent.message_id);
  EXPECT_EQ(dead[0].dead_letter_source, "arn:aws:sqs:eu-west-1:000000000000:orders");
  clock_.Advance(1h);
  EXPECT_EQ(Bodies(kId), Texts{});
}

TEST_F(QueuesTest, KeepsAMessageWhoseDeadLetterQueueIsGone) {
  Make(kId);
  Make(kDead);
  Redrive(kId, kDead, 1);
  ASSERT_TRUE(queues_->Delete(kDead).ok());
  Send(kId, MessageOf("poison"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Bodies(kId), (Texts{"poison"}));
    clock_.Advance(30s);
  }
}

TEST_F(QueuesTest, DropsWhatIsOlderThanItsRetention) {
  records::Queue row = RowOf(kId);
  row.set_retention_seconds(60);
  ASSERT_TRUE(queues_->Create(row).ok());
  Send(kId, MessageOf("a"));
  clock_.Advance(60s);
  EXPECT_EQ(Bodies(kId), Texts{});
  Send(kId, MessageOf("b"));
  clock_.Advance(61s);
  queues_->RunOnce();
  commits_->Drain();
  EXPECT_EQ(Rows("queue-message/") + Rows("queue-state/"), 0u);
}

TEST_F(QueuesTest, PurgesWhatWasSentBefore) {
  Make(kId);
  Send(kId, MessageOf("a"));
  ASSERT_TRUE(queues_->Purge(kId).ok());
  Send(kId, MessageOf("b"));
  EXPECT_EQ(QueueProblemOf(queues_->Purge(kId)), QueueProblem::kPurgedRecently);
  Restart();  // before the rows were removed
  EXPECT_EQ(Bodies(kId), (Texts{"b"}));
  queues_->RunOnce();
  commits_->Drain();
  EXPECT_EQ(Rows("queue-message/"), 1u);
  clock_.Advance(60s);
  EXPECT_TRUE(queues_->Purge(kId).ok());
}

TEST_F(QueuesTest, ADeletedQueueTakesItsMessagesAlong) {
  Make(kId);
  Send(kId, MessageOf("a"));
  auto waiting = Begin(queues_->Receive({kId.account, "none"}, {.limit = 1, .wait = 20s}));
  EXPECT_EQ(QueueProblemOf(waiting.get().status()), QueueProblem::kNoQueue);
  ASSERT_TRUE(queues_->Delete(kId).ok());
  EXPECT_EQ(QueueProblemOf(queues_->Find(kId).status()), QueueProblem::kNoQueue);
  EXPECT_EQ(QueueProblemOf(queues_->Create(RowOf(kId)).status()), QueueProblem::kDeletedRecently);
  Restart();
  queues_->RunOnce();
  commits_->Drain();
  EXPECT_EQ(Rows("queue"), 0u);
  Make(kId);
  EXPECT_EQ(Bodies(kId), Texts{});
}

TEST_F(QueuesTest, RefusesMoreThanMayBeInFlight) {
  Make(kId);
  for (size_t i = 0; i < Queues::kMaxInFlight / 100; ++i) {
    std::vector<NewMessage> messages;
    for (int j = 0; j < 100; ++j) messages.push_back(MessageOf("x"));
    ASSERT_TRUE(Begin(queues_->Send(kId, std::move(messages))).get().ok());
  }
  Send(kId, MessageOf("one more"));
  EXPECT_EQ(Receive(kId, {.limit = 2 * Queues::kMaxInFlight}).size(), Queues::kMaxInFlight);
  EXPECT_EQ(QueueProblemOf(Begin(queues_->Receive(kId, {.limit = 1})).get().status()), QueueProblem::kTooMany);
}

TEST_F(QueuesTest, TakesUpMovesOfDeadLettersAndBringsThemBack) {
  Make(kId);
  Make(kDead);
  EXPECT_EQ(QueueProblemOf(queues_->StartMove(kDead, "", 0).status()), QueueProblem::kNoDeadLetterQueue);
  Redrive(kId, kDead, 1);
  Send(kId, MessageOf("poison"));
  Receive(kId, {.limit = 1, .visibility = 0s});
  EXPECT_EQ(Bodies(kId), Texts{});
  const auto task = queues_->StartMove(kDead, "", 0);
  ASSERT_TRUE(task.ok());
  EXPECT_EQ(QueueProblemOf(queues_->StartMove(kDead, "", 0).status()), QueueProblem::kTaskRunning);
  Restart();
  clock_.Advance(1s);
  queues_->RunOnce();
  EXPECT_EQ(Bodies(kId), (Texts{"poison"}));
  EXPECT_EQ(queues_->ListMoves(kDead, 10).at(0).moved(), 1);
  EXPECT_EQ(queues_->ListMoves(kDead, 10).at(0).status(), records::QueueMoveTask::COMPLETED);
}

TEST_F(QueuesTest, MovesNoFasterThanAsked) {
  Make(kId);
  Make(kDead);
  Redrive(kId, kDead, 1);
  for (int i = 0; i < 5; ++i) Send(kDead, MessageOf("x"));
  ASSERT_TRUE(queues_->StartMove(kDead, QueueArn("eu-west-1", kId), 2).ok());
  clock_.Advance(1s);
  queues_->RunOnce();
  EXPECT_EQ(queues_->Counts(kId)->visible, 2u);
  const std::string id = queues_->ListMoves(kDead, 1).at(0).id();
  EXPECT_EQ(queues_->CancelMove(kId.account, id)->moved(), 2);
  clock_.Advance(9s);
  queues_->RunOnce();
  EXPECT_EQ(queues_->Counts(kDead)->visible, 3u);
}

const QueueId kFifo{"000000000000", "orders.fifo"};

TEST_F(QueuesTest, KeepsTheOrderOfAGroup) {
  Make(kFifo);
  for (const char* body : {"1", "2", "3"}) Send(kFifo, MessageOf(body, "a", body));
  const std::vector<ReceivedMessage> first = Receive(kFifo, {.limit = 2});
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(Bodies(kFifo), Texts{});
  EXPECT_TRUE(Delete(kFifo, first[0].receipt).ok());
  EXPECT_EQ(Bodies(kFifo), Texts{});
  Restart();
  EXPECT_EQ(Bodies(kFifo), Texts{});
  clock_.Advance(30s);
  EXPECT_EQ(QueueProblemOf(Delete(kFifo, first[1].receipt)), QueueProblem::kExpiredReceipt);
  EXPECT_EQ(Bodies(kFifo), (Texts{"2", "3"}));
}

TEST_F(QueuesTest, TakesADeduplicationIdOnceInFiveMinutes) {
  Make(kFifo);
  const SentMessage sent = Send(kFifo, MessageOf("1", "a", "id"));
  const SentMessage again = Send(kFifo, MessageOf("2", "b", "id"));
  EXPECT_EQ(again.message_id, sent.message_id);
  EXPECT_EQ(again.number, sent.number);
  EXPECT_TRUE(Delete(kFifo, Receive(kFifo).at(0).receipt).ok());
  Restart();
  clock_.Advance(299s);
  EXPECT_EQ(Send(kFifo, MessageOf("3", "a", "id")).message_id, sent.message_id);
  clock_.Advance(1s);
  EXPECT_NE(Send(kFifo, MessageOf("4", "a", "id")).message_id, sent.message_id);
  EXPECT_EQ(Bodies(kFifo), (Texts{"4"}));
  clock_.Advance(301s);
  queues_->RunOnce();
  commits_->Drain();
  EXPECT_EQ(Rows("queue-dedup/"), 0u);
}

TEST_F(QueuesTest, DeduplicatesWithinAGroupWhereTheQueueSaysSo) {
  records::Queue row = RowOf(kFifo);
  row.set_deduplicates_by_group(true);
  ASSERT_TRUE(queues_->Create(row).ok());
  Send(kFifo, MessageOf("1", "a", "id"));
  Send(kFifo, MessageOf("2", "b", "id"));
  Send(kFifo, MessageOf("3", "a", "id"));
  EXPECT_EQ(Bodies(kFifo), (Texts{"1", "2"}));
}

TEST_F(QueuesTest, ARepeatedAttemptGetsTheSameMessages) {
  Make(kFifo);
  Send(kFifo, MessageOf("1", "a", "1"));
  const auto first = Receive(kFifo, {.limit = 1, .attempt_id = "try"});
  const auto again = Receive(kFifo, {.limit = 1, .attempt_id = "try"});
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].receipt, first[0].receipt);
  EXPECT_TRUE(Delete(kFifo, again[0].receipt).ok());
  EXPECT_TRUE(Receive(kFifo, {.limit = 1, .attempt_id = "try"}).empty());
}

TEST_F(QueuesTest, AClockThatWasSetBackHidesNothingForLonger) {
  clock_.Advance(24h);
  Make(kId);
  Send(kId, MessageOf("hello"));
  ASSERT_EQ(Receive(kId).size(), 1u);
  queues_.reset();
  commits_.reset();
  FakeClock earlier;
  commits_ = std::make_unique<CommitThread>(*database_);
  queues_ = Queues::Open({.region = "eu-west-1"}, *database_, *commits_, earlier, random_).value();
  earlier.Advance(30s);
  EXPECT_EQ(Bodies(kId), (Texts{"hello"}));
  queues_.reset();
}

TEST_F(QueuesTest, ForgetsWhatIsOverWithoutWaitingInBetween) {
  const QueueId fifo{"000000000000", "orders.fifo"};
  Make(fifo);
  std::vector<NewMessage> messages;
  for (int i = 0; i < 1500; ++i) messages.push_back(MessageOf("x", "g", std::to_string(i)));
  ASSERT_TRUE(Begin(queues_->Send(fifo, std::move(messages))).get().ok());
  clock_.Advance(5min);
  EXPECT_EQ(queues_->RunOnce(), clock_.Monotonic());  // there is more
  queues_->RunOnce();
  commits_->Drain();
  EXPECT_EQ(Rows("queue-dedup/"), 0u);
}

TEST_F(QueuesTest, AnswersARepetitionEvenWhenItRemembersNothingMore) {
  const QueueId fifo{"000000000000", "orders.fifo"};
  max_remembered_ = 1;
  Restart();
  Make(fifo);
  const SentMessage first = Send(fifo, MessageOf("a", "g", "1"));
  EXPECT_EQ(Send(fifo, MessageOf("a", "g", "1")).message_id, first.message_id);
  const auto other = Begin(queues_->Send(fifo, {MessageOf("b", "g", "2")})).get();
  EXPECT_TRUE(absl::IsResourceExhausted(other->front().status()));
}

TEST_F(QueuesTest, ADeletedQueueTakesItsMoveTasksAlong) {
  Make(kId);
  Make(kDead);
  Redrive(kId, kDead, 1);
  ASSERT_TRUE(queues_->StartMove(kDead, "", 0).ok());
  ASSERT_TRUE(queues_->Delete(kDead).ok());
  commits_->Drain();
  EXPECT_EQ(Rows("queue-move/"), 0u);
  EXPECT_TRUE(queues_->ListMoves(kDead, 10).empty());
}

TEST_F(QueuesTest, ForgetsTheOldestOfTooManyAttempts) {
  const QueueId fifo{"000000000000", "orders.fifo"};
  Make(fifo);
  std::vector<NewMessage> messages;
  for (int i = 0; i < 1002; ++i) messages.push_back(MessageOf(std::to_string(i), std::to_string(i), std::to_string(i)));
  ASSERT_TRUE(Begin(queues_->Send(fifo, std::move(messages))).get().ok());
  const auto attempt = [&](const std::string& name) {
    clock_.Advance(1ms);
    return Receive(fifo, {.limit = 1, .attempt_id = name}).at(0).message.body();
  };
  EXPECT_EQ(attempt("z"), "0");  // the oldest, and the last by name
  EXPECT_EQ(attempt("a"), "1");
  for (int i = 2; i < 1001; ++i) attempt("m" + std::to_string(i));
  EXPECT_EQ(attempt("a"), "1");
  EXPECT_EQ(attempt("z"), "1001");
}

}  // namespace
}  // namespace hearth::controller
