#include "controller/provisioned/provisioned_keeper.h"

#include <gtest/gtest.h>

#include "controller/provisioned/provisioned_test_support.h"
#include "controller/scheduler/scheduler_test_support.h"

namespace hearth::controller {
namespace {

using Status = Allocation::Status;

class ProvisionedKeeperTest : public ProvisionedFixture {
 protected:
  ProvisionedKeeperTest() {
    const node::Hello hello = HelloOf("w");
    fleet_.Join(hello);
    placer_.WorkerJoined(hello);
  }
  // As often as it takes: what starts becomes ready, and fails where `init_fails`.
  void Settle(bool init_fails = false) {
    for (int i = 0; i < 10; ++i) {
      keeper_.Tick();
      for (; answered_ < workers_.starts.size(); ++answered_) {
        node::EnvironmentReady ready = ReadyOf(workers_.starts[answered_].environment_id);
        ready.set_init_failed(init_fails);
        placer_.EnvironmentReady("w", ready);
      }
    }
  }
  size_t Ready(const std::string& version) const { return placer_.Provisioned("key-" + version).ready; }
  Allocation Of(const std::string& qualifier) const { return keeper_.Of(*configs_->Find(kHello, qualifier)); }
  bool Admits(const std::string& function, const std::string& version) {
    auto admission = gate_.TryAdmit(kHello.account, function, ConcurrencyGate::Trigger::kEvent, version);
    if (!std::holds_alternative<Permit>(admission)) return false;
    running_.push_back(std::get<Permit>(std::move(admission)));
    return true;
  }

  SeededRandom random_{1};
  RuntimeSupport runtimes_{"us-east-1", false};
  Fleet fleet_{runtimes_, random_};
  FakeWorkers workers_;
  Limits limits_{.concurrent_executions = 4};
  Placer placer_{{}, fleet_, workers_, [](const auto&) { return node::EnvironmentSpec(); }, clock_, random_};
  ConcurrencyGate gate_{[this](const std::string&) { return limits_; }, clock_};
  ProvisionedKeeper keeper_{*configs_, *functions_, catalog_, placer_, gate_};
  std::vector<Permit> running_;
  size_t answered_ = 0;
};

TEST_F(ProvisionedKeeperTest, KeepsWhatAVersionsConfigurationAsksForUntilItGoes) {
  ASSERT_TRUE(Put("1", 3).ok());
  EXPECT_EQ(Of("1").status, Status::kInProgress);
  Settle();
  EXPECT_EQ(Ready("1"), 3u);
  EXPECT_EQ(Of("1").status, Status::kReady);
  EXPECT_EQ(Of("1").available, 3);
  ASSERT_TRUE(configs_->Delete(kHello, "1").ok());
  Settle();
  EXPECT_EQ(Ready("1"), 0u);
}

TEST_F(ProvisionedKeeperTest, SaysWhyNothingBecomesReady) {
  ASSERT_TRUE(Put("1", 2).ok());
  Settle(/*init_fails=*/true);
  EXPECT_EQ(Of("1").status, Status::kFailed);
  EXPECT_EQ(Of("1").reason, "FUNCTION_ERROR_INIT_FAILURE");
  EXPECT_EQ(Of("1").available, 0);
}

TEST_F(ProvisionedKeeperTest, FollowsAnAliasAndKeepsTheOldVersionsUntilTheNewAreReady) {
  ASSERT_TRUE(Put("live", 2).ok());
  Settle();
  ASSERT_EQ(Ready("1"), 2u);
  PointLiveTo("2");
  EXPECT_EQ(Of("live").status, Status::kInProgress);
  EXPECT_EQ(Of("live").available, 2);
  keeper_.Tick();
  EXPECT_EQ(Ready("1"), 2u);
  Settle();
  EXPECT_EQ(Ready("1"), 0u);
  EXPECT_EQ(Ready("2"), 2u);
  EXPECT_EQ(Of("live").status, Status::kReady);
}

TEST_F(ProvisionedKeeperTest, TheOldVersionMakesRoomWhereTheNewHasNone) {
  ASSERT_TRUE(Put("live", 1).ok());
  Settle();
  PointLiveTo("2");
  keeper_.Tick();
  placer_.EnvironmentGone("w", GoneOf(workers_.starts.at(1).environment_id, node::EnvironmentGone::REFUSED, "full"));
  ++answered_;
  keeper_.Tick();
  EXPECT_EQ(Ready("1"), 0u);
  EXPECT_EQ(Of("live").status, Status::kFailed);
}

TEST_F(ProvisionedKeeperTest, AWeightedAliasHasItsShareOfBothVersions) {
  PointLiveTo("1", "2", 0.25);
  ASSERT_TRUE(Put("live", 4).ok());
  Settle();
  EXPECT_EQ(Ready("1"), 3u);
  EXPECT_EQ(Ready("2"), 1u);
  EXPECT_EQ(Of("live").status, Status::kReady);
}

TEST_F(ProvisionedKeeperTest, SetsAsideWhatIsProvisionedUntilItGoes) {
  ASSERT_TRUE(Put("1", 3).ok());
  keeper_.Tick();
  EXPECT_TRUE(Admits("other", "$LATEST"));
  EXPECT_FALSE(Admits("other", "$LATEST"));
  EXPECT_TRUE(Admits("hello", "1"));
  ASSERT_TRUE(configs_->Delete(kHello, "1").ok());
  keeper_.Tick();
  EXPECT_TRUE(Admits("other", "$LATEST"));
}

}  // namespace
}  // namespace hearth::controller
