#include "worker/environments/parked/parked_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "worker/environments/fake_loop.h"
#include "worker/environments/fake_sandbox.h"

namespace hearth::worker {
namespace {

using namespace std::chrono_literals;

constexpr int64_t kMiB = int64_t{1} << 20;

class ParkedPoolTest : public testing::Test {
 protected:
  ParkedPoolTest() {
    settings_.max_parked = 4;
    settings_.per_kind = 2;
    settings_.runtimes_directory = "/runtimes";
    Rebuild();
  }
  void Rebuild() {
    pool_.reset();
    pool_ = std::make_unique<ParkedPool>(settings_, factory_, loop_, work_, timer_, clock_);
    pool_->SetRoom([this](int64_t bytes) { return bytes <= room_bytes_; });
  }
  std::optional<ParkedEnvironment> Take(const std::string& runtime, int memory_mb = 128) {
    node::EnvironmentSpec spec;
    spec.set_runtime(runtime);
    spec.set_memory_mb(memory_mb);
    spec.set_ephemeral_storage_mb(512);
    return pool_->Take(spec);
  }
  // Lets runtimes boot, as many as begin to.
  void Boot() {
    for (int i = 0; i < 10; ++i) {
      loop_.Advance(100ms);
      for (const auto& sandbox : factory_.made) {
        if (sandbox->assignment.valid()) send(sandbox->assignment.get(), "!", 1, MSG_NOSIGNAL);
        sandbox->assignment.reset();
      }
      loop_.Run();
    }
  }
  int Destroyed() const {
    return static_cast<int>(std::count_if(factory_.made.begin(), factory_.made.end(),
                                          [](const auto& sandbox) { return sandbox->destroyed; }));
  }

  FakeClock clock_;
  FakeLoop loop_{clock_};
  FakeWork work_{loop_};
  DeadlineTimer timer_{loop_, clock_};
  FakeSandboxFactory factory_;
  int64_t room_bytes_ = 1000 * kMiB;
  ParkingSettings settings_;
  std::unique_ptr<ParkedPool> pool_;
};

TEST_F(ParkedPoolTest, KeepsReadyWhatWasAskedFor) {
  EXPECT_FALSE(Take("python3.12"));
  Boot();
  const std::optional<ParkedEnvironment> taken = Take("python3.12");
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->kind, (ParkedKind{"python", 0}));
}

TEST_F(ParkedPoolTest, GivesEachOnlyOnce) {
  Take("python3.12");
  Boot();
  ASSERT_TRUE(Take("python3.12"));
  ASSERT_TRUE(Take("python3.12"));
  EXPECT_FALSE(Take("python3.12"));
}

TEST_F(ParkedPoolTest, MakesNoMoreThanItIsToKeep) {
  Take("python3.12");
  Boot();
  EXPECT_EQ(pool_->count(), 2);
  Take("nodejs20.x");
  Take("provided.al2023");
  Boot();
  EXPECT_EQ(pool_->count(), 4);
}

TEST_F(ParkedPoolTest, MakesNothingWithoutAPlace) {
  settings_.max_parked = 0;
  Rebuild();
  Take("python3.12");
  Boot();
  EXPECT_TRUE(factory_.made.empty());
}

TEST_F(ParkedPoolTest, MakesNothingThereIsNoRoomFor) {
  room_bytes_ = kMiB;
  Take("python3.12");
  Boot();
  EXPECT_TRUE(factory_.made.empty());
}

TEST_F(ParkedPoolTest, MakesOneAtATime) {
  Take("python3.12");
  loop_.Advance(1s);
  EXPECT_EQ(factory_.made.size(), 1U);
}

TEST_F(ParkedPoolTest, WaitsForAPauseBetweenColdStartsButNotForEver) {
  for (int i = 0; i < 30; ++i) {
    Take("provided.al2023");
    loop_.Advance(20ms);
  }
  EXPECT_TRUE(factory_.made.empty());
  for (int i = 0; i < 30; ++i) {
    Take("provided.al2023");
    loop_.Advance(20ms);
  }
  EXPECT_FALSE(factory_.made.empty());
}

TEST_F(ParkedPoolTest, ASandboxAloneServesAFunctionThatNoBootedRuntimeFits) {
  Take("provided.al2023");
  Boot();
  const std::optional<ParkedEnvironment> taken = Take("nodejs20.x", 512);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->kind, ParkedKind{});
}

TEST_F(ParkedPoolTest, HasTheKindsOfTheSettingsFromTheStart) {
  settings_.always = {{"node", 512}};
  settings_.recent = 10s;
  Rebuild();
  pool_->Tick();
  Boot();
  loop_.Advance(60s);
  pool_->Tick();
  EXPECT_TRUE(Take("nodejs20.x", 512));
}

TEST_F(ParkedPoolTest, GivesUpAKindNobodyAskedForLately) {
  Take("python3.12");
  Boot();
  loop_.Advance(settings_.recent);
  pool_->Tick();
  loop_.Run();
  EXPECT_EQ(pool_->count(), 0);
  EXPECT_EQ(Destroyed(), 2);
}

TEST_F(ParkedPoolTest, AKindThatHasNoneTakesThePlaceOfOneThatIsWantedLess) {
  Take("python3.12");
  Take("provided.al2023");
  Boot();
  ASSERT_EQ(pool_->count(), 4);
  Take("nodejs20.x", 256);
  Boot();
  EXPECT_EQ(pool_->count(), 4);
  EXPECT_EQ(Take("nodejs20.x", 256)->kind, (ParkedKind{"node", 256}));
}

TEST_F(ParkedPoolTest, CountsWhatTheyUseAndGivesItUpWhenAsked) {
  Take("python3.12");
  Boot();
  ASSERT_EQ(pool_->count(), 2);
  EXPECT_EQ(pool_->reserved_bytes(), 74 * kMiB);  // 37 MiB each is what the fake sandbox reports
  EXPECT_EQ(pool_->GiveUp(kMiB), 37 * kMiB);
  EXPECT_EQ(pool_->GiveUp(-kMiB), 0);
  EXPECT_EQ(pool_->reserved_bytes(), 37 * kMiB);
}

TEST_F(ParkedPoolTest, ForgetsOneThatEnds) {
  Take("python3.12");
  Boot();
  factory_.made.at(0)->ExitBySignal(9);
  loop_.Run();
  EXPECT_EQ(pool_->count(), 1);
  EXPECT_TRUE(factory_.made.at(0)->destroyed);
}

TEST_F(ParkedPoolTest, RestsAfterARuntimeThatDidNotBoot) {
  Take("python3.12");
  loop_.Advance(100ms);
  factory_.made.at(0)->assignment.reset();
  loop_.Advance(1s);
  EXPECT_TRUE(factory_.made.at(0)->destroyed);
  EXPECT_EQ(factory_.made.size(), 1U);
  loop_.Advance(ParkedPool::kRestAfterFailure);
  pool_->Tick();
  Boot();
  EXPECT_EQ(pool_->count(), 2);
}

TEST_F(ParkedPoolTest, DoesNotWaitForARuntimeThatHangs) {
  Take("python3.12");
  loop_.Advance(100ms);
  loop_.Advance(ParkedPool::kBootLimit);
  EXPECT_TRUE(factory_.made.at(0)->destroyed);
}

TEST_F(ParkedPoolTest, LeavesNothingAtItsEnd) {
  Take("python3.12");
  loop_.Advance(100ms);
  send(factory_.made.at(0)->assignment.get(), "!", 1, MSG_NOSIGNAL);
  loop_.Advance(100ms);  // the second boots now
  ASSERT_EQ(factory_.made.size(), 2U);
  pool_.reset();
  loop_.Advance(60s);
  EXPECT_EQ(Destroyed(), 2);
}

}  // namespace
}  // namespace hearth::worker
