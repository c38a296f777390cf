#include "controller/scheduler/placer.h"

#include <gtest/gtest.h>

#include "controller/scheduler/scheduler_test_support.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;
using Gone = node::EnvironmentGone;

class PlacerTest : public testing::Test {
 protected:
  using Seen = std::shared_ptr<std::optional<PlaceOutcome>>;

  Seen Place(const std::string& key = "k") { return Watch(placer_.Place(VersionOf(key))); }
  void Join(const std::string& worker_id) {
    const node::Hello hello = HelloOf(worker_id);
    fleet_.Join(hello);
    placer_.WorkerJoined(hello);
  }
  void Ready(size_t start) {
    placer_.EnvironmentReady(workers_.starts[start].worker_id, ReadyOf(workers_.starts[start].environment_id));
  }
  void Fail(size_t start, Gone::Reason reason) {
    const Placement at = workers_.starts[start];
    placer_.EnvironmentGone(at.worker_id, GoneOf(at.environment_id, reason, "detail"));
  }
  void Pass(std::chrono::milliseconds time) {
    for (auto passed = 0ms; passed < time; passed += 25ms) {
      clock_.Advance(25ms);
      placer_.Tick();
    }
  }
  static bool Placed(const Seen& seen) { return *seen && std::holds_alternative<Placement>(**seen); }
  static std::optional<NotPlaced::Reason> Refusal(const Seen& seen) {
    if (!*seen || Placed(seen)) return std::nullopt;
    return std::get<NotPlaced>(**seen).reason;
  }
  // An environment that has served one invocation of this length and is idle.
  std::string Warm(std::chrono::microseconds duration) {
    const Seen seen = Place();
    clock_.Advance(100ms);
    Ready(workers_.starts.size() - 1);
    const std::string id = std::get<Placement>(**seen).environment_id;
    placer_.InvocationEnded(id, true, duration);
    return id;
  }

  FakeClock clock_;
  SeededRandom random_{1};
  RuntimeSupport runtimes_{"us-east-1", false};
  Fleet fleet_{runtimes_, random_};
  FakeWorkers workers_;
  SpecFactory spec_of_ = [](const records::FunctionVersion&) { return node::EnvironmentSpec(); };
  Placer placer_{{}, fleet_, workers_, [this](const auto& version) { return spec_of_(version); }, clock_, random_};
};

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

TEST_F(PlacerTest, AStuckEnvironmentDoesNotHoldTheQueueForEver) {
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

TEST_F(PlacerTest, RoomThatComesBackIsUsedAtOnce) {
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

TEST_F(PlacerTest, WithoutAWorkerTheRequestWaitsForOneToJoin) {
  const Seen seen = Place();
  Pass(1s);
  EXPECT_FALSE(seen->has_value());
  Join("w");
  ASSERT_EQ(workers_.starts.size(), 1u);
  Ready(0);
  EXPECT_TRUE(Placed(seen));
}

TEST_F(PlacerTest, WithoutAWorkerTheRequestIsAnsweredSoon) {
  const Seen seen = Place();
  Pass(6s);
  EXPECT_EQ(Refusal(seen), NotPlaced::Reason::kNoWorker);
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

TEST_F(PlacerTest, ALostWorkersStartsAreMadeElsewhere) {
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

TEST_F(PlacerTest, ALostWorkersIdleEnvironmentsAreForgotten) {
  Join("a");
  Warm(1ms);
  fleet_.Leave("a");
  placer_.WorkerLost("a");
  EXPECT_EQ(placer_.Counts().idle, 0u);
  EXPECT_FALSE(Placed(Place()));
}

TEST_F(PlacerTest, SurvivorsOfALostSessionAreUsedAgain) {
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

TEST_F(PlacerTest, AnEnvironmentNobodyAskedForIsStopped) {
  Join("w");
  placer_.EnvironmentReady("w", ReadyOf("e-stranger"));
  ASSERT_EQ(workers_.stops.size(), 1u);
  EXPECT_EQ(workers_.stops[0].environment_id, "e-stranger");
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

TEST_F(PlacerTest, AStartThatNeverEndsCountsAsFailed) {
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

TEST_F(PlacerTest, AnEnvironmentThatTimedOutIsNotTaken) {
  Join("w");
  const std::string id = Warm(1ms);
  placer_.EnvironmentGone("w", GoneOf(id, Gone::IDLE_TIMEOUT));
  EXPECT_FALSE(Placed(Place()));
  EXPECT_EQ(workers_.starts.size(), 2u);
}

TEST_F(PlacerTest, AnotherWorkersWordAboutAnEnvironmentIsIgnored) {
  Join("w");
  const std::string id = Warm(1ms);
  placer_.EnvironmentGone("intruder", GoneOf(id, Gone::FAILED));
  EXPECT_TRUE(Placed(Place()));
}

}  // namespace
}  // namespace hearth::controller
