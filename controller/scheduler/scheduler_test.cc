#include "controller/scheduler/scheduler.h"

#include <gtest/gtest.h>

#include "controller/scheduler/scheduler_test_support.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

class SchedulerTest : public testing::Test {
 protected:
  ~SchedulerTest() override {  // nothing is left suspended
    scheduler_.Stop();
    scheduler_.OnWorkerLost("w");
  }
  void SetUp() override {
    scheduler_.OnWorkerJoined(HelloOf("w"));
    Watch(scheduler_.placer().Place(VersionOf("k")));
    placement_ = workers_.starts.at(0);
    scheduler_.OnEnvironmentReady("w", ReadyOf(placement_.environment_id));
    seen_ = Watch(scheduler_.in_flight().Send(placement_, invocation_, 10s));
  }
  node::InvocationResult Result(node::InvocationResult::Outcome outcome) {
    node::InvocationResult result;
    result.set_invocation_id(workers_.invokes.back().message.invocation_id());
    result.set_outcome(outcome);
    result.set_environment_idle(true);
    return result;
  }

  FakeClock clock_;
  SeededRandom random_{1};
  RuntimeSupport runtimes_{"us-east-1", false};
  FakeWorkers workers_;
  Scheduler scheduler_{{}, runtimes_, workers_, [](const auto&) { return node::EnvironmentSpec(); }, clock_, random_};
  Placement placement_;
  Invocation invocation_;
  std::shared_ptr<std::optional<InFlight::Answer>> seen_;
};

TEST_F(SchedulerTest, AResultFreesItsEnvironmentAndAnswersItsCaller) {
  EXPECT_EQ(scheduler_.Snapshot().environments.busy, 1u);
  scheduler_.OnInvocationResult("w", Result(node::InvocationResult::SUCCESS));
  EXPECT_TRUE(seen_->has_value());
  EXPECT_EQ(scheduler_.Snapshot().environments.idle, 1u);
}

TEST_F(SchedulerTest, ARejectingEnvironmentIsForgotten) {
  scheduler_.OnInvocationResult("w", Result(node::InvocationResult::REJECTED));
  ASSERT_TRUE(seen_->has_value());
  EXPECT_EQ((**seen_)->outcome(), node::InvocationResult::REJECTED);
  EXPECT_EQ(scheduler_.Snapshot().environments.idle, 0u);
}

TEST_F(SchedulerTest, ALostWorkerIsForgottenWithAllItHeld) {
  scheduler_.OnWorkerLost("w");
  ASSERT_TRUE(seen_->has_value());
  EXPECT_EQ((*seen_)->status().code(), absl::StatusCode::kUnavailable);
  const SchedulerSnapshot snapshot = scheduler_.Snapshot();
  EXPECT_EQ(snapshot.fleet.workers, 0);
  EXPECT_EQ(snapshot.environments.busy, 0u);
  EXPECT_EQ(snapshot.invocations_in_flight, 0u);
}

TEST_F(SchedulerTest, ALateResultChangesNothing) {
  const node::InvocationResult late = Result(node::InvocationResult::SUCCESS);
  clock_.Advance(11s);
  scheduler_.Tick();
  EXPECT_EQ((*seen_)->status().code(), absl::StatusCode::kDeadlineExceeded);
  scheduler_.OnInvocationResult("w", late);
  EXPECT_EQ(scheduler_.Snapshot().environments.idle, 0u);
}

}  // namespace
}  // namespace hearth::controller
