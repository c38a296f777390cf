#include "controller/scheduler/in_flight.h"

#include <gtest/gtest.h>

#include "controller/scheduler/scheduler_test_support.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

class InFlightTest : public testing::Test {
 protected:
  auto Send() { return Watch(in_flight_.Send({"w", "e"}, invocation_, 10s)); }

  FakeClock clock_;
  SeededRandom random_{1};
  FakeWorkers workers_;
  InFlight in_flight_{workers_, clock_, random_};
  Invocation invocation_;
};

TEST_F(InFlightTest, TheAnswerIsTheResultOfThisInvocation) {
  const auto seen = Send();
  ASSERT_EQ(workers_.invokes.size(), 1u);
  EXPECT_EQ(workers_.invokes[0].message.environment_id(), "e");
  std::optional<InFlight::Pending> pending = in_flight_.Take("w", workers_.invokes[0].message.invocation_id());
  ASSERT_TRUE(pending.has_value());
  node::InvocationResult result;
  result.set_payload("42");
  pending->completion.Set(result);
  ASSERT_TRUE(seen->has_value());
  EXPECT_EQ((**seen)->payload(), "42");
}

TEST_F(InFlightTest, AResultIsTakenOnceAndOnlyFromItsWorker) {
  Send();
  const uint64_t id = workers_.invokes[0].message.invocation_id();
  EXPECT_FALSE(in_flight_.Take("other", id).has_value());
  EXPECT_TRUE(in_flight_.Take("w", id).has_value());
  EXPECT_FALSE(in_flight_.Take("w", id).has_value());
}

TEST_F(InFlightTest, ALostWorkerAnswersEverythingThatRanThere) {
  const auto seen = Send();
  in_flight_.FailWorker("other");
  EXPECT_FALSE(seen->has_value());
  in_flight_.FailWorker("w");
  ASSERT_TRUE(seen->has_value());
  EXPECT_EQ((*seen)->status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(in_flight_.size(), 0u);
}

TEST_F(InFlightTest, AWorkerThatIsGoneAlreadyMeansNothingRan) {
  workers_.gone.insert("w");
  EXPECT_EQ((*Send())->status().code(), absl::StatusCode::kAborted);
}

TEST_F(InFlightTest, AFullLinkMeansNothingRan) {
  workers_.full = true;
  EXPECT_EQ((*Send())->status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(InFlightTest, PatienceEnds) {
  const auto seen = Send();
  clock_.Advance(9s);
  in_flight_.ExpireOverdue();
  EXPECT_FALSE(seen->has_value());
  clock_.Advance(1s);
  in_flight_.ExpireOverdue();
  ASSERT_TRUE(seen->has_value());
  EXPECT_EQ((*seen)->status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(InFlightTest, IdsOfTwoProcessesDoNotMeet) {
  Send();
  SeededRandom other_random(2);
  InFlight other(workers_, clock_, other_random);
  Watch(other.Send({"w", "e"}, invocation_, 10s));
  EXPECT_NE(workers_.invokes[0].message.invocation_id(), workers_.invokes[1].message.invocation_id());
}

}  // namespace
}  // namespace hearth::controller
