// What is kept ready ahead of requests.
#include <gtest/gtest.h>

#include "controller/scheduler/placer.h"
#include "controller/scheduler/scheduler_test_support.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;
using Gone = node::EnvironmentGone;

class PlacerProvisionedTest : public PlacerFixture {
 protected:
  void Provision(size_t count, int64_t revision = 1) {
    std::map<std::string, ProvisionTarget> targets;
    if (count > 0) targets["k"] = {VersionOf("k"), count, revision};
    placer_.Provision(targets);
  }
  // So many, ready.
  void Provisioned(size_t count) {
    Join("w");
    Provision(count);
    for (size_t i = 0; i < workers_.starts.size(); ++i) {
      Ready(i);
      Pass(25ms);
    }
    ASSERT_EQ(placer_.Provisioned("k").ready, count);
  }
  static std::string Id(const Seen& seen) { return std::get<Placement>(**seen).environment_id; }
};

TEST_F(PlacerProvisionedTest, EnvironmentsStartWithoutAnyRequestAndAreBornProvisioned) {
  Join("w");
  Provision(2);
  ASSERT_EQ(workers_.starts.size(), 2u);
  EXPECT_TRUE(workers_.specs[0].provisioned());
  EXPECT_EQ(placer_.Provisioned("k").ready, 0u);
  Ready(0);
  EXPECT_EQ(placer_.Provisioned("k").ready, 1u);
  EXPECT_EQ(placer_.Counts().idle, 1u);
}

TEST_F(PlacerProvisionedTest, TheyStartAFewAtATime) {
  Join("w");
  Provision(10);
  EXPECT_EQ(workers_.starts.size(), Placer::kMaxProvisionedStartingPerWorker);
  Ready(0);
  Pass(25ms);
  EXPECT_EQ(workers_.starts.size(), Placer::kMaxProvisionedStartingPerWorker + 1);
}

TEST_F(PlacerProvisionedTest, TheyStartWhenTheFirstWorkerJoins) {
  Provision(1);
  Pass(1s);
  EXPECT_EQ(placer_.Provisioned("k").failure, "");
  Join("w");
  Pass(25ms);
  EXPECT_EQ(workers_.starts.size(), 1u);
}

TEST_F(PlacerProvisionedTest, ARequestTakesAProvisionedOneFirst) {
  Join("w");
  const std::string on_demand = Warm(1ms);
  Provision(1);
  Ready(workers_.starts.size() - 1);
  const Seen seen = Place();
  ASSERT_TRUE(Placed(seen));
  EXPECT_NE(Id(seen), on_demand);
  EXPECT_EQ(placer_.Counts().provisioned_invocations, 1);
}

TEST_F(PlacerProvisionedTest, WhenAllAreBusyARequestSpillsOver) {
  Provisioned(1);
  ASSERT_TRUE(Placed(Place()));
  const Seen spilled = Place();
  ASSERT_EQ(workers_.starts.size(), 2u);
  EXPECT_FALSE(workers_.specs[1].provisioned());
  Ready(1);
  EXPECT_TRUE(Placed(spilled));
  EXPECT_EQ(placer_.Counts().spillover_invocations, 1);
}

TEST_F(PlacerProvisionedTest, OneThatIsGoneIsReplaced) {
  Provisioned(1);
  placer_.EnvironmentGone("w", GoneOf(workers_.starts[0].environment_id, Gone::STOPPED));
  EXPECT_EQ(placer_.Provisioned("k").ready, 0u);
  Pass(25ms);
  EXPECT_EQ(workers_.starts.size(), 2u);
}

TEST_F(PlacerProvisionedTest, OneWhoseRuntimeEndedIsReplacedAfterASecond) {
  Provisioned(1);
  placer_.EnvironmentGone("w", GoneOf(workers_.starts[0].environment_id, Gone::FAILED));
  Pass(900ms);
  EXPECT_EQ(workers_.starts.size(), 1u);
  Pass(200ms);
  EXPECT_EQ(workers_.starts.size(), 2u);
}

TEST_F(PlacerProvisionedTest, ALostWorkersAreMadeElsewhere) {
  Provisioned(2);
  Join("other");
  workers_.gone.insert("w");
  fleet_.Leave("w");
  placer_.WorkerLost("w");
  Pass(25ms);
  ASSERT_EQ(workers_.starts.size(), 4u);
  EXPECT_EQ(workers_.starts[3].worker_id, "other");
}

TEST_F(PlacerProvisionedTest, FewerAreKeptWhenFewerAreAskedFor) {
  Provisioned(3);
  Provision(1);
  EXPECT_EQ(workers_.stops.size(), 2u);
  EXPECT_EQ(placer_.Provisioned("k").ready, 1u);
}

TEST_F(PlacerProvisionedTest, ABusyOneThatIsNoLongerKeptEndsWithItsInvocation) {
  Provisioned(1);
  const Seen seen = Place();
  Provision(0);
  EXPECT_TRUE(workers_.stops.empty());
  placer_.InvocationEnded(Id(seen), true, 1ms);
  EXPECT_EQ(workers_.stops.size(), 1u);
  EXPECT_EQ(placer_.Counts().idle, 0u);
}

TEST_F(PlacerProvisionedTest, OneThatBecomesReadyTooLateIsStopped) {
  Join("w");
  Provision(1);
  Provision(0);
  Ready(0);
  EXPECT_EQ(workers_.stops.size(), 1u);
}

TEST_F(PlacerProvisionedTest, AFailedInitIsTriedAgainOneAtATimeAfterAPause) {
  Join("w");
  Provision(3);
  for (size_t i = 0; i < 3; ++i) {
    node::EnvironmentReady ready = ReadyOf(workers_.starts[i].environment_id);
    ready.set_init_failed(true);
    placer_.EnvironmentReady("w", ready);
  }
  EXPECT_EQ(workers_.stops.size(), 3u);
  EXPECT_EQ(placer_.Provisioned("k").failure, kInitFailure);
  Pass(900ms);
  EXPECT_EQ(workers_.starts.size(), 3u);
  Pass(4s);
  EXPECT_EQ(workers_.starts.size(), 4u);
  Ready(3);
  Pass(25ms);
  EXPECT_EQ(placer_.Provisioned("k").failure, "");
  EXPECT_EQ(workers_.starts.size(), 6u);
}

TEST_F(PlacerProvisionedTest, ASuccessEndsThePauseOfTheOthers) {
  Join("w");
  Provision(2);
  Fail(0, Gone::FAILED);
  Ready(1);
  Pass(25ms);
  EXPECT_EQ(workers_.starts.size(), 3u);
}

TEST_F(PlacerProvisionedTest, AnotherRevisionIsTriedAtOnce) {
  Join("w");
  Provision(1);
  Fail(0, Gone::FAILED);
  EXPECT_EQ(placer_.Provisioned("k").failure, "detail");
  Provision(1, /*revision=*/2);
  EXPECT_EQ(workers_.starts.size(), 2u);
}

TEST_F(PlacerProvisionedTest, WhatNoWorkerHasRoomForSaysSo) {
  Join("a");
  Join("b");
  Provision(1);
  Fail(0, Gone::REFUSED);
  ASSERT_EQ(workers_.starts.size(), 2u);  // the other worker was asked
  Fail(1, Gone::REFUSED);
  EXPECT_TRUE(placer_.Provisioned("k").no_room);
  EXPECT_EQ(workers_.starts.size(), 2u);
}

TEST_F(PlacerProvisionedTest, ARequestWaitsForNoProvisionedStartButTakesWhatIsReadyFirst) {
  Join("w");
  Provision(1);
  const Seen seen = Place();
  ASSERT_EQ(workers_.starts.size(), 2u);
  EXPECT_FALSE(workers_.specs[1].provisioned());
  Ready(0);
  ASSERT_TRUE(Placed(seen));
  EXPECT_EQ(Id(seen), workers_.starts[0].environment_id);
}

TEST_F(PlacerProvisionedTest, SurvivorsAreKeptUntilItIsKnownWhatForAndThenOnlyThose) {
  node::Hello hello = HelloOf("w");
  for (const char* id : {"e-1", "e-2", "e-3"}) {
    node::RunningEnvironment& running = *hello.add_environments();
    running.set_environment_id(id);
    running.set_key("k");
    running.set_provisioned(true);
  }
  fleet_.Join(hello);
  placer_.WorkerJoined(hello);
  Pass(1s);
  EXPECT_TRUE(workers_.stops.empty());
  Provision(2);
  EXPECT_EQ(workers_.stops.size(), 1u);
  EXPECT_TRUE(workers_.starts.empty());
  EXPECT_EQ(placer_.Provisioned("k").ready, 2u);
}

TEST_F(PlacerProvisionedTest, ASurvivorWhoseInitFailsInTheEndIsReplaced) {
  node::Hello hello = HelloOf("w");
  node::RunningEnvironment& running = *hello.add_environments();
  running.set_environment_id("e-1");
  running.set_key("k");
  running.set_busy(true);
  running.set_provisioned(true);
  fleet_.Join(hello);
  placer_.WorkerJoined(hello);
  Provision(1);
  node::EnvironmentReady ready = ReadyOf("e-1");
  ready.set_init_failed(true);
  placer_.EnvironmentReady("w", ready);
  EXPECT_EQ(workers_.stops.size(), 1u);
  Pass(25ms);
  EXPECT_EQ(workers_.starts.size(), 1u);
}

TEST_F(PlacerProvisionedTest, NothingIsKeptOfWhatWasRetired) {
  Provisioned(2);
  placer_.Retire("k");
  EXPECT_EQ(workers_.stops.size(), 2u);
  Pass(1s);
  EXPECT_EQ(workers_.starts.size(), 2u);
}

TEST_F(PlacerProvisionedTest, OneWhoseTimeIsOverIsReplaced) {
  Provisioned(1);
  clock_.Advance(12h);
  Pass(1s);
  EXPECT_EQ(workers_.stops.size(), 1u);
  EXPECT_EQ(workers_.starts.size(), 2u);
}

}  // namespace
}  // namespace hearth::controller
