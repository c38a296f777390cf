#include "controller/scheduler/placer.h"

#include <gtest/gtest.h>

#include "controller/scheduler/scheduler_test_support.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;
using Gone = node::EnvironmentGone;

class PlacerTest : public PlacerFixture {};

TEST_F(PlacerTest, AMissStartsAnEnvironmentAndTakesItWhenReady) {
  Join("w");
  const Seen seen = Place();
  ASSERT_EQ(workers_.starts.size(), 1u);
  EXPECT_FALSE(seen->has_value());
  Ready(0);
  ASSERT_TRUE(Placed(seen));
  EXPECT_EQ(std::get<Placement>(**seen).environment_id, workers_.starts[0].environment_id);
}

TEST_F(PlacerTest, AnIdleEnvironmentIsTakenAtOnce) {
  Join("w");
  const std::string id = Warm(5ms);
  const Seen seen = Place();
  ASSERT_TRUE(Placed(seen));
  EXPECT_EQ(std::get<Placement>(**seen).environment_id, id);
  EXPECT_EQ(workers_.starts.size(), 1u);
}

TEST_F(PlacerTest, AFunctionThatGrowsTooFastIsRefusedUntilItMayGrowAgain) {
  limits_.environments_per_ten_seconds = 2;
  Join("w");
  const Seen first = Place(), second = Place("of another version"), third = Place();
  EXPECT_EQ(workers_.starts.size(), 2u);
  EXPECT_EQ(Refusal(third), NotPlaced::Reason::kScalingRate);
  EXPECT_FALSE(first->has_value() || second->has_value());
  Pass(5s);
  Place();
  EXPECT_EQ(workers_.starts.size(), 3u);
}

TEST_F(PlacerTest, AStartThatNoWorkerTookIsNoGrowth) {
  limits_.environments_per_ten_seconds = 1;
  Join("w");
  const Seen waits = Place();
  Fail(0, node::EnvironmentGone::REFUSED);
  const Seen other = Place("of another version");
  EXPECT_FALSE(waits->has_value() || other->has_value());
  EXPECT_EQ(workers_.starts.size(), 2u);
}

TEST_F(PlacerTest, WhoCanBeServedByWhatRunsIsNotRefusedForGrowth) {
  limits_.environments_per_ten_seconds = 1;
  Join("w");
  const std::string id = Warm(5ms);
  ASSERT_TRUE(Placed(Place()));
  const Seen waits = Place();
  EXPECT_FALSE(waits->has_value());
  placer_.InvocationEnded(id, true, 5ms);
  EXPECT_TRUE(Placed(waits));
}

TEST_F(PlacerTest, WhoWantsAFreedOneIsNotGivenAnIdleOne) {
  Join("w");
  const std::string idle = Warm(5ms);
  const Seen seen = Watch(placer_.Place(VersionOf("k"), Placer::Choice::kFreed));
  ASSERT_EQ(workers_.starts.size(), 2u);
  EXPECT_FALSE(Placed(seen));
  Ready(1);
  ASSERT_TRUE(Placed(seen));
  EXPECT_NE(std::get<Placement>(**seen).environment_id, idle);
}

TEST_F(PlacerTest, AnIdleEnvironmentIsStoppedBeforeItsCredentialsEnd) {
  Join("w");
  const std::string id = Warm(5ms);
  clock_.Advance(11h + 29min);
  placer_.Tick();
  EXPECT_TRUE(workers_.stops.empty());
  clock_.Advance(1min);
  placer_.Tick();
  ASSERT_EQ(workers_.stops.size(), 1u);
  EXPECT_FALSE(Placed(Place()));
}

TEST_F(PlacerTest, ABusyEnvironmentTakesNoMoreWorkWhenItsCredentialsWouldEnd) {
  Join("w");
  const std::string id = Warm(5ms);
  ASSERT_TRUE(Placed(Place()));
  clock_.Advance(11h + 30min);
  placer_.InvocationEnded(id, true, 1s);
  ASSERT_EQ(workers_.stops.size(), 1u);
}

TEST_F(PlacerTest, AnotherKeyDoesNotShareTheEnvironment) {
  Join("w");
  Warm(5ms);
  EXPECT_FALSE(Placed(Place("other")));
  EXPECT_EQ(workers_.starts.size(), 2u);
}

TEST_F(PlacerTest, AFreedEnvironmentServesTheHeadBeforeTheNewOneIsReady) {
  Join("w");
  const Seen first = Place();
  Ready(0);
  const Seen second = Place(), third = Place();
  placer_.InvocationEnded(workers_.starts[0].environment_id, true, 100s);
  EXPECT_TRUE(Placed(second));
  EXPECT_FALSE(Placed(third));
}

TEST_F(PlacerTest, ABurstOfShortRequestsDoesNotStartOneEnvironmentEach) {
  Join("w");
  Warm(1ms);
  std::vector<Seen> burst;
  for (int i = 0; i < 20; ++i) burst.push_back(Place());
  EXPECT_EQ(workers_.starts.size(), 1u);
}

TEST_F(PlacerTest, NoMoreStartThanRequestsWait) {
  Join("w");
  std::vector<Seen> burst;
  for (int i = 0; i < 200; ++i) burst.push_back(Place());
  EXPECT_EQ(workers_.starts.size(), Placer::kMaxStartingPerWorker);
  for (size_t i = 0; i < workers_.starts.size(); ++i) Ready(i);
  EXPECT_EQ(workers_.starts.size(), 200u);
  Pass(100ms);
  EXPECT_EQ(workers_.starts.size(), 200u);
}

TEST_F(PlacerTest, ARefusedStartGoesToAnotherWorker) {
  for (const char* id : {"a", "b", "c", "d"}) Join(id);
  const Seen seen = Place();
  Fail(0, Gone::REFUSED);
  ASSERT_EQ(workers_.starts.size(), 2u);
  EXPECT_NE(workers_.starts[0].worker_id, workers_.starts[1].worker_id);
  Ready(1);
  EXPECT_TRUE(Placed(seen));
}

TEST_F(PlacerTest, AfterThreeRefusalsTheRequestWaitsAndIsThrottledAtTheDeadline) {
  for (const char* id : {"a", "b", "c", "d"}) Join(id);
  const Seen seen = Place();
  for (size_t i = 0; i < 3; ++i) Fail(i, Gone::REFUSED);
  EXPECT_EQ(workers_.starts.size(), 3u);
  for (size_t answered = 3; !seen->has_value() && clock_.Monotonic().time_since_epoch() < 100s; Pass(25ms)) {
    for (; answered < workers_.starts.size(); ++answered) Fail(answered, Gone::REFUSED);
  }
  EXPECT_EQ(Refusal(seen), NotPlaced::Reason::kNoRoom);
  EXPECT_LT(workers_.starts.size(), 100u);
}

TEST_F(PlacerTest, AFailedStartAnswersItsRequest) {
  Join("w");
  const Seen seen = Place();
  Fail(0, Gone::FAILED);
  EXPECT_EQ(Refusal(seen), NotPlaced::Reason::kStartFailed);
  EXPECT_EQ(std::get<NotPlaced>(**seen).detail, "detail");
}

TEST_F(PlacerTest, AfterAFailedStartTheNextOneIsHeldBack) {
  Join("w");
  Place();
  Fail(0, Gone::FAILED);
  Place();
  EXPECT_EQ(workers_.starts.size(), 1u);
  Pass(200ms);
  EXPECT_EQ(workers_.starts.size(), 2u);
}

TEST_F(PlacerTest, OneFailureAmongManyStartsIsMadeGoodByTheOthers) {
  Join("w");
  const Seen first = Place(), second = Place();
  Fail(0, Gone::FAILED);
  Ready(1);
  EXPECT_TRUE(Placed(first));
  EXPECT_FALSE(second->has_value());
  placer_.InvocationEnded(workers_.starts[1].environment_id, true, 1ms);
  EXPECT_TRUE(Placed(second));
}

TEST_F(PlacerTest, EveryRequestIsAnsweredWhenAllStartsFail) {
  Join("w");
  std::vector<Seen> burst;
  for (int i = 0; i < 5; ++i) burst.push_back(Place());
  for (size_t i = 0; i < 5; ++i) Fail(i, Gone::FAILED);
  for (const Seen& seen : burst) EXPECT_EQ(Refusal(seen), NotPlaced::Reason::kStartFailed);
}

TEST_F(PlacerTest, ASpecThatCannotBeMadeIsAFailedStart) {
  Join("w");
  spec_of_ = [](const records::FunctionVersion&) { return absl::DataLossError("sealed by another key"); };
  const Seen seen = Place();
  EXPECT_EQ(Refusal(seen), NotPlaced::Reason::kStartFailed);
}

TEST_F(PlacerTest, AFullQueueRefuses) {
  Join("w");
  PlacerOptions options;
  options.max_waiting = 2;
  Placer small(options, fleet_, workers_, spec_of_, clock_, random_);
  std::vector<Seen> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(Watch(small.Place(VersionOf("k"))));
  EXPECT_EQ(Refusal(waiting[2]), NotPlaced::Reason::kQueueFull);
}

TEST_F(PlacerTest, TenThousandWaitByDefaultAndNoMore) {
  Join("w");
  Placer plain({}, fleet_, workers_, spec_of_, clock_, random_);
  std::vector<Seen> waiting;
  for (int i = 0; i < 10001; ++i) waiting.push_back(Watch(plain.Place(VersionOf("k"))));
  EXPECT_FALSE(waiting[9999]->has_value());
  EXPECT_EQ(Refusal(waiting[10000]), NotPlaced::Reason::kQueueFull);
  plain.Stop();
}

TEST_F(PlacerTest, ARequestWaitsForThirtySecondsByDefault) {
  Join("w");
  Placer plain({}, fleet_, workers_, spec_of_, clock_, random_);
  const Seen seen = Watch(plain.Place(VersionOf("k")));
  clock_.Advance(29999ms);
  plain.Tick();
  EXPECT_FALSE(seen->has_value());
  clock_.Advance(1ms);
  plain.Tick();
  EXPECT_EQ(Refusal(seen), NotPlaced::Reason::kTimedOut);
}

TEST_F(PlacerTest, ARetiredKeysIdleEnvironmentsAreStopped) {
  Join("w");
  const std::string id = Warm(1ms);
  placer_.Retire("k");
  ASSERT_EQ(workers_.stops.size(), 1u);
  EXPECT_EQ(workers_.stops[0].environment_id, id);
  EXPECT_EQ(placer_.Counts().idle, 0u);
}

TEST_F(PlacerTest, ARetiredKeysBusyEnvironmentIsStoppedWhenItIsDone) {
  Join("w");
  Place();
  Ready(0);
  placer_.Retire("k");
  EXPECT_TRUE(workers_.stops.empty());
  placer_.InvocationEnded(workers_.starts[0].environment_id, true, 1ms);
  EXPECT_EQ(workers_.stops.size(), 1u);
}

TEST_F(PlacerTest, StoppingAnswersWhoeverWaitsAndWhoeverComesLater) {
  Join("w");
  const Seen waits = Place();
  placer_.Stop();
  EXPECT_EQ(Refusal(waits), NotPlaced::Reason::kStopping);
  EXPECT_EQ(Refusal(Place()), NotPlaced::Reason::kStopping);
}

}  // namespace
}  // namespace hearth::controller
