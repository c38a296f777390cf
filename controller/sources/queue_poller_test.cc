#include "controller/sources/queue_poller.h"

#include <gtest/gtest.h>

#include "controller/sources/pollers_test_support.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

class QueuePollerTest : public PollersTest {
 protected:
  ~QueuePollerTest() override {
    if (poller_) poller_->Stop();
    queues_->Stop();
  }
  void Start(records::EventSource source) {
    poller_ = std::make_shared<QueuePoller>(
        std::move(source), services_,
        [this](std::string problem) {
          MutexLock lock(mutex_);
          problem_ = std::move(problem);
        },
        [] {});
    poller_->Tick();
  }
  std::string problem() {
    MutexLock lock(mutex_);
    return problem_;
  }
  static std::string Body(const InvokeRequest& request, size_t index) {
    return Json::Parse(request.payload)->Find("Records")->as_array().at(index).Find("body")->as_string();
  }
  static size_t Size(const InvokeRequest& request) {
    return Json::Parse(request.payload)->Find("Records")->as_array().size();
  }

  std::shared_ptr<QueuePoller> poller_;
  Mutex mutex_;
  std::string problem_ GUARDED_BY(mutex_);
};

TEST_F(QueuePollerTest, RunsTheFunctionWithABatchAndDeletesIt) {
  for (const char* body : {"a", "b", "c"}) Send(body);
  Start(Source());
  ASSERT_TRUE(Soon([&] { return Left() == 0; }));
  ASSERT_EQ(Runs(), 1u);
  EXPECT_EQ(Size(invoker_.requests()[0]), 3u);
  EXPECT_EQ(Body(invoker_.requests()[0], 0), "a");
  EXPECT_EQ(invoker_.requests()[0].target.function_name, "f");
}

TEST_F(QueuePollerTest, RunsWhatComesLater) {
  Start(Source());
  Send("late");
  EXPECT_TRUE(Soon([&] { return Runs() == 1 && Left() == 0; }));
}

TEST_F(QueuePollerTest, LeavesABatchThatFailedToBecomeVisibleAgain) {
  invoker_.Answer(InvokeOutcome(Completed{true, "{}", "", "$LATEST"}));
  Send("a");
  Start(Source());
  ASSERT_TRUE(Soon([&] { return problem() == "PROBLEM: Function call failed"; }));
  EXPECT_EQ(Left(), 1u);
  clock_.Advance(30s);
  queues_->RunOnce();
  EXPECT_TRUE(Soon([&] { return Left() == 0; }));
  EXPECT_EQ(Runs(), 2u);
  EXPECT_TRUE(Soon([&] { return problem().empty(); }));
}

TEST_F(QueuePollerTest, DeletesOnlyWhatWasProcessedWhereFailuresAreReported) {
  records::EventSource source = Source();
  source.set_reports_failures(true);
  Send("a");
  Send("b");
  invoker_.Hold();
  Start(source);
  ASSERT_TRUE(Soon([&] { return Runs() == 1; }));
  EXPECT_EQ(Left(), 2u);
  const Json event = *Json::Parse(invoker_.requests()[0].payload);
  EXPECT_EQ(event.Find("Records")->as_array()[0].Find("eventSource")->as_string(), "aws:sqs");
  invoker_.LetGo();
  EXPECT_TRUE(Soon([&] { return Left() == 0; }));
  invoker_.Answer(
      InvokeOutcome(Completed{false, R"({"batchItemFailures":[{"itemIdentifier":"unknown"}]})", "", "$LATEST"}));
  Send("c");
  ASSERT_TRUE(Soon([&] { return problem() == "PROBLEM: Function call failed"; }));
  EXPECT_EQ(Left(), 1u);
}

TEST_F(QueuePollerTest, DeletesWhatNoFilterWants) {
  records::EventSource source = Source();
  source.add_filters(R"({"body":{"kind":["wanted"]}})");
  Send(R"({"kind":"other"})");
  Send("no JSON");
  Send(R"({"kind":"wanted"})");
  Start(source);
  ASSERT_TRUE(Soon([&] { return Left() == 0; }));
  ASSERT_EQ(Runs(), 1u);
  EXPECT_EQ(Size(invoker_.requests()[0]), 1u);
}

TEST_F(QueuePollerTest, WaitsLongerAfterEveryThrottle) {
  invoker_.Answer(InvokeOutcome(Throttled{}));
  Send("a");
  Start(Source());
  ASSERT_TRUE(Soon([&] { return problem() == "PROBLEM: Function call throttled"; }));
  Send("b");
  const MonotonicTime paused = clock_.Monotonic() + 1s;
  EXPECT_TRUE(Soon([&] { return poller_->Tick() == paused; }));
  EXPECT_EQ(Runs(), 1u);
  clock_.Advance(1s);
  poller_->Tick();
  EXPECT_TRUE(Soon([&] { return Runs() == 2; }));
  EXPECT_TRUE(Soon([&] { return Left() == 1; }));  // the first one is still hidden, and not lost
}

TEST_F(QueuePollerTest, RunsNoMoreBatchesAtOnceThanItMay) {
  records::EventSource source = Source();
  source.set_batch_size(1);
  source.set_max_concurrency(2);
  invoker_.Hold();
  for (int i = 0; i < 5; ++i) Send("x");
  Start(source);
  ASSERT_TRUE(Soon([&] { return Runs() == 2; }));
  EXPECT_FALSE(poller_->IsIdle());
  EXPECT_EQ(queues_->Counts(id_)->visible, 3u);
  invoker_.LetGo();
  EXPECT_TRUE(Soon([&] { return Left() == 0; }));
}

TEST_F(QueuePollerTest, RunsOnePartAfterTheOtherOfWhatIsTooMuchForOne) {
  records::EventSource source = Source();
  source.set_max_concurrency(1);
  invoker_.Hold();
  for (int i = 0; i < 10; ++i) Send(std::string(1'000'000, 'x'));
  Start(source);
  ASSERT_TRUE(Soon([&] { return Runs() >= 1; }));
  EXPECT_FALSE(Soon([&] { return Runs() > 1; }, 50));
  invoker_.LetGo();
  EXPECT_TRUE(Soon([&] { return Left() == 0; }));
  EXPECT_EQ(Runs(), 2u);
}

TEST_F(QueuePollerTest, GivesBackWhatHasNotBegunWhenItStops) {
  records::EventSource source = Source();
  source.set_max_concurrency(1);
  invoker_.Hold();
  for (int i = 0; i < 10; ++i) Send(std::string(1'000'000, 'x'));
  Start(source);
  ASSERT_TRUE(Soon([&] { return Runs() == 1; }));
  poller_->Stop();
  EXPECT_TRUE(Soon([&] { return queues_->Counts(id_)->visible == 4u; }));
  invoker_.LetGo();
  EXPECT_TRUE(Soon([&] { return Left() == 4 && poller_->IsIdle(); }));
}

TEST_F(QueuePollerTest, GathersUntilItsWindowIsOver) {
  records::EventSource source = Source();
  source.set_batch_size(100);
  source.set_window_seconds(1);
  Send("a");
  Start(source);
  ASSERT_TRUE(Soon([&] { return queues_->Counts(id_)->in_flight == 1; }));
  Send("b");
  ASSERT_TRUE(Soon([&] { return queues_->Counts(id_)->in_flight == 2; }));
  EXPECT_EQ(Runs(), 0u);
  EXPECT_TRUE(Soon([&] {
    clock_.Advance(100ms);
    queues_->RunOnce();
    return Runs() == 1;
  }));
  EXPECT_EQ(Size(invoker_.requests()[0]), 2u);
}

TEST_F(QueuePollerTest, SaysWhyItCannotConsume) {
  able_ = absl::FailedPreconditionError("the role may not");
  Send("a");
  Start(Source());
  EXPECT_TRUE(Soon([&] { return problem() == "PROBLEM: the role may not"; }));
  EXPECT_EQ(Left(), 1u);
  EXPECT_EQ(Runs(), 0u);
}

TEST_F(QueuePollerTest, ReceivesNothingOnceStopped) {
  Start(Source());
  poller_->Stop();
  Send("a");
  clock_.Advance(2s);
  queues_->RunOnce();
  EXPECT_TRUE(Soon([&] { return poller_->IsIdle(); }));
  EXPECT_EQ(Runs(), 0u);
  EXPECT_EQ(queues_->Counts(id_)->visible, 1u);
}

}  // namespace
}  // namespace hearth::controller
