// What workers say and what time brings.
#include "controller/scheduler/placer.h"

#include <gtest/gtest.h>

#include "controller/scheduler/scheduler_test_support.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;
using Gone = node::EnvironmentGone;

class PlacerEventsTest : public PlacerFixture {};

TEST_F(PlacerEventsTest, ALostWorkersStartsAreMadeElsewhere) {
  Join("a");
  const Seen seen = Place();
  Join("b");
  workers_.gone.insert("a");
  fleet_.Leave("a");
  placer_.WorkerLost("a");
  ASSERT_EQ(workers_.starts.size(), 2u);
  EXPECT_EQ(workers_.starts[1].worker_id, "b");
  Ready(1);
  EXPECT_TRUE(Placed(seen));
}

TEST_F(PlacerEventsTest, ADrainingWorkersIdleEnvironmentsStopAndWhatWaitsGoesElsewhere) {
  Join("a");
  const std::string idle = Warm(1ms);
  const Seen waits = Place("another");
  ASSERT_EQ(workers_.starts.size(), 2u);
  Join("b");
  Drain("a");
  EXPECT_EQ(workers_.stops.size(), 2u);  // the idle one and the one that was starting
  EXPECT_EQ(placer_.Counts().idle, 0u);
  ASSERT_EQ(workers_.starts.size(), 3u);
  EXPECT_EQ(workers_.starts[2].worker_id, "b");
  Ready(2);
  EXPECT_TRUE(Placed(waits));
}

TEST_F(PlacerEventsTest, ADrainingWorkerIsReleasedOnceNothingRunsThereAndNotBefore) {
  Join("a");
  const std::string id = Warm(1ms);
  ASSERT_TRUE(Placed(Place()));
  Drain("a");
  Pass(1s);
  EXPECT_TRUE(workers_.released.empty());
  EXPECT_TRUE(workers_.stops.empty());
  placer_.InvocationEnded(id, true, 1ms);
  EXPECT_EQ(workers_.stops.size(), 1u);
  Pass(1s);
  EXPECT_EQ(workers_.released, std::vector<std::string>{"a"});
}

TEST_F(PlacerEventsTest, AWorkerThatComesBackAfterDrainingTakesWork) {
  Join("a");
  Drain("a");
  fleet_.Leave("a");
  placer_.WorkerLost("a");
  Join("a");
  Warm(1ms);
  EXPECT_EQ(placer_.Counts().idle, 1u);
}

TEST_F(PlacerEventsTest, ALostWorkersIdleEnvironmentsAreForgotten) {
  Join("a");
  Warm(1ms);
  fleet_.Leave("a");
  placer_.WorkerLost("a");
  EXPECT_EQ(placer_.Counts().idle, 0u);
  EXPECT_FALSE(Placed(Place()));
}

TEST_F(PlacerEventsTest, SurvivorsOfALostSessionAreUsedAgain) {
  node::Hello hello = HelloOf("w");
  node::RunningEnvironment& idle = *hello.add_environments();
  idle.set_environment_id("e-idle");
  idle.set_key("k");
  node::RunningEnvironment& busy = *hello.add_environments();
  busy.set_environment_id("e-busy");
  busy.set_key("k");
  busy.set_busy(true);
  fleet_.Join(hello);
  placer_.WorkerJoined(hello);
  const Seen first = Place(), second = Place();
  ASSERT_TRUE(Placed(first));
  EXPECT_FALSE(Placed(second));
  placer_.EnvironmentIdle("w", "e-busy");
  EXPECT_TRUE(Placed(second));
}

TEST_F(PlacerEventsTest, AnEnvironmentNobodyAskedForIsStopped) {
  Join("w");
  placer_.EnvironmentReady("w", ReadyOf("e-stranger"));
  ASSERT_EQ(workers_.stops.size(), 1u);
  EXPECT_EQ(workers_.stops[0].environment_id, "e-stranger");
}

TEST_F(PlacerEventsTest, AStartThatNeverEndsCountsAsFailed) {
  Join("w");
  PlacerOptions options;
  options.wait_deadline = 1h;
  Placer patient(options, fleet_, workers_, spec_of_, clock_, random_);
  const Seen seen = Watch(patient.Place(VersionOf("k")));
  clock_.Advance(121s);
  patient.Tick();
  EXPECT_EQ(Refusal(seen), NotPlaced::Reason::kStartFailed);
  EXPECT_EQ(workers_.stops.size(), 1u);
}

TEST_F(PlacerEventsTest, AnEnvironmentThatTimedOutIsNotTaken) {
  Join("w");
  const std::string id = Warm(1ms);
  placer_.EnvironmentGone("w", GoneOf(id, Gone::IDLE_TIMEOUT));
  EXPECT_FALSE(Placed(Place()));
  EXPECT_EQ(workers_.starts.size(), 2u);
}

TEST_F(PlacerEventsTest, AnotherWorkersWordAboutAnEnvironmentIsIgnored) {
  Join("w");
  const std::string id = Warm(1ms);
  placer_.EnvironmentGone("intruder", GoneOf(id, Gone::FAILED));
  EXPECT_TRUE(Placed(Place()));
}

TEST_F(PlacerEventsTest, WithoutAWorkerTheRequestWaitsForOneToJoin) {
  const Seen seen = Place();
  Pass(1s);
  EXPECT_FALSE(seen->has_value());
  Join("w");
  ASSERT_EQ(workers_.starts.size(), 1u);
  Ready(0);
  EXPECT_TRUE(Placed(seen));
}

TEST_F(PlacerEventsTest, WithoutAWorkerTheRequestIsAnsweredSoon) {
  const Seen seen = Place();
  Pass(6s);
  EXPECT_EQ(Refusal(seen), NotPlaced::Reason::kNoWorker);
}

TEST_F(PlacerEventsTest, RoomThatComesBackIsUsedAtOnce) {
  Join("w");
  const std::string old = Warm(5ms);
  const Seen seen = Place("other");
  Fail(1, Gone::REFUSED);
  ASSERT_EQ(workers_.starts.size(), 2u);
  placer_.EnvironmentGone("w", GoneOf(old, Gone::IDLE_TIMEOUT));
  ASSERT_EQ(workers_.starts.size(), 3u);
  Ready(2);
  EXPECT_TRUE(Placed(seen));
}

TEST_F(PlacerEventsTest, AStuckEnvironmentDoesNotHoldTheQueueForEver) {
  Join("w");
  Warm(1ms);
  Place();
  const Seen waits = Place();
  EXPECT_EQ(workers_.starts.size(), 1u);
  Pass(2s);
  ASSERT_EQ(workers_.starts.size(), 2u);
  Ready(1);
  EXPECT_TRUE(Placed(waits));
}

}  // namespace
}  // namespace hearth::controller
