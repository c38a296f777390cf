#include "controller/invoke/concurrency_gate.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace hearth::controller {
namespace {

class ConcurrencyGateTest : public testing::Test {
 protected:
  // "admitted", or the limit that refused.
  std::string Try(const std::string& function, const std::string& account = "a", const std::string& version = "1") {
    std::variant<Permit, Refusal> admission =
        gate_.TryAdmit(account, function, ConcurrencyGate::Trigger::kSynchronous, version);
    if (const auto* refusal = std::get_if<Refusal>(&admission)) {
      return std::array{"account", "reserved", "account rate", "reserved rate"}.at(static_cast<size_t>(*refusal));
    }
    running_.push_back(std::get<Permit>(std::move(admission)));
    return "admitted";
  }
  int Fill(const std::string& function) {
    int admitted = 0;
    while (Try(function) == "admitted") ++admitted;
    return admitted;
  }

  int FillVersion(const std::string& function, const std::string& version) {
    int admitted = 0;
    while (Try(function, "a", version) == "admitted") ++admitted;
    return admitted;
  }

  // How many that end at once are admitted before a rate refuses.
  int Race(const std::string& function, ConcurrencyGate::Trigger trigger = ConcurrencyGate::Trigger::kSynchronous) {
    int admitted = 0;
    while (admitted < 1000 && std::holds_alternative<Permit>(gate_.TryAdmit("a", function, trigger))) ++admitted;
    return admitted;
  }

  Limits limits_{.concurrent_executions = 10, .invocations_per_concurrency = 0};
  FakeClock clock_;
  ConcurrencyGate gate_{[this](const std::string&) { return limits_; }, clock_};
  std::vector<Permit> running_;
};

TEST_F(ConcurrencyGateTest, RefusesTheOneAboveTheLimitOfTheAccount) {
  EXPECT_EQ(Fill("f"), 10);
  EXPECT_EQ(Try("g"), "account");
}

TEST_F(ConcurrencyGateTest, APermitGivenBackIsUsedAgain) {
  Fill("f");
  running_.pop_back();
  EXPECT_EQ(gate_.Running("a"), 9);
  EXPECT_EQ(Try("g"), "admitted");
}

TEST_F(ConcurrencyGateTest, AccountsShareNeitherLimitsNorReservations) {
  gate_.SetReserved("a", "f", 0);
  Fill("g");
  EXPECT_EQ(Try("g", "b"), "admitted");
  EXPECT_EQ(Try("f", "b"), "admitted");
}

TEST_F(ConcurrencyGateTest, AReservationIsTheMostAFunctionGetsAndTheLeast) {
  gate_.SetReserved("a", "f", 3);
  EXPECT_EQ(Fill("g"), 7);
  EXPECT_EQ(Try("g"), "account");
  EXPECT_EQ(Fill("f"), 3);
  EXPECT_EQ(Try("f"), "reserved");
}

TEST_F(ConcurrencyGateTest, AReservationOfNothingRefusesEverything) {
  gate_.SetReserved("a", "f", 0);
  EXPECT_EQ(Try("f"), "reserved");
}

TEST_F(ConcurrencyGateTest, ProvisionedConcurrencyIsTakenFromWhatTheOthersShare) {
  gate_.SetProvisioned("a", "f", "1", 4);
  EXPECT_EQ(Fill("g"), 6);
  EXPECT_EQ(Try("f", "a", "2"), "account");
  EXPECT_EQ(FillVersion("f", "1"), 4);
}

TEST_F(ConcurrencyGateTest, AProvisionedVersionSpillsOverIntoWhatAllShare) {
  gate_.SetProvisioned("a", "f", "1", 4);
  EXPECT_EQ(FillVersion("f", "1"), 10);
}

TEST_F(ConcurrencyGateTest, AReservationThatIsAllProvisionedLeavesNothingToOtherVersions) {
  gate_.SetReserved("a", "f", 3);
  gate_.SetProvisioned("a", "f", "1", 3);
  EXPECT_EQ(Try("f", "a", "$LATEST"), "reserved");
  EXPECT_EQ(FillVersion("f", "1"), 3);
  EXPECT_EQ(Fill("g"), 7);
}

TEST_F(ConcurrencyGateTest, WhatIsReservedBeyondTheProvisionedIsAnyVersions) {
  gate_.SetReserved("a", "f", 5);
  gate_.SetProvisioned("a", "f", "1", 3);
  EXPECT_EQ(FillVersion("f", "$LATEST"), 2);
  EXPECT_EQ(FillVersion("f", "1"), 3);
}

TEST_F(ConcurrencyGateTest, WhatRunsWhenTheProvisionedIsGivenUpCountsAgainstTheRest) {
  gate_.SetProvisioned("a", "f", "1", 4);
  FillVersion("f", "1");
  running_.clear();
  for (int i = 0; i < 3; ++i) Try("f");
  gate_.SetProvisioned("a", "f", "1", 0);
  EXPECT_EQ(Fill("g"), 7);
  running_.clear();
  EXPECT_EQ(Fill("g"), 10);
}

TEST_F(ConcurrencyGateTest, WhatBeganBeforeItsVersionWasProvisionedCountsAgainstTheRest) {
  for (int i = 0; i < 2; ++i) Try("f");
  gate_.SetProvisioned("a", "f", "1", 4);
  EXPECT_EQ(Fill("g"), 4);
  EXPECT_EQ(FillVersion("f", "1"), 4);
  running_.clear();
  EXPECT_EQ(Fill("g"), 6);
}

TEST_F(ConcurrencyGateTest, WhatRunsWhenAReservationIsMadeCountsAgainstIt) {
  for (int i = 0; i < 4; ++i) Try("f");
  gate_.SetReserved("a", "f", 5);
  EXPECT_EQ(Try("f"), "admitted");
  EXPECT_EQ(Try("f"), "reserved");
  EXPECT_EQ(Fill("g"), 5);
}

TEST_F(ConcurrencyGateTest, WhatRunsWhenAReservationIsGivenUpCountsAgainstTheRest) {
  gate_.SetReserved("a", "f", 4);
  Fill("f");
  gate_.SetReserved("a", "f", std::nullopt);
  EXPECT_EQ(Fill("g"), 6);
  running_.clear();
  EXPECT_EQ(Fill("f"), 10);
}

TEST_F(ConcurrencyGateTest, AReservationMadeUnderALoadWaitsUntilTheAccountHasRoom) {
  Fill("g");
  gate_.SetReserved("a", "f", 5);
  EXPECT_EQ(Try("f"), "account");
  running_.pop_back();
  EXPECT_EQ(Try("f"), "admitted");
  EXPECT_EQ(gate_.Running("a"), 10);
}

TEST_F(ConcurrencyGateTest, AMovedPermitIsGivenBackOnce) {
  Try("f");
  Try("f");
  { const Permit moved = std::move(running_.back()); }
  running_.pop_back();
  EXPECT_EQ(gate_.Running("a"), 1);
}

TEST_F(ConcurrencyGateTest, ALimitThatIsLoweredHoldsForTheNext) {
  for (int i = 0; i < 4; ++i) Try("f");
  limits_.concurrent_executions = 4;
  EXPECT_EQ(Try("f"), "account");
}

TEST_F(ConcurrencyGateTest, AnAccountRunsNoMoreASecondThanItsConcurrencyAllows) {
  limits_.invocations_per_concurrency = 10;
  EXPECT_EQ(Race("f"), 100);
  EXPECT_EQ(Try("g"), "account rate");
  clock_.Advance(std::chrono::milliseconds(51));
  EXPECT_EQ(Race("g"), 5);
}

TEST_F(ConcurrencyGateTest, AFunctionWithAReservationHasARateOfItsOwn) {
  limits_.invocations_per_concurrency = 10;
  gate_.SetReserved("a", "f", 2);
  EXPECT_EQ(Race("f"), 20);
  EXPECT_EQ(Try("f"), "reserved rate");
  EXPECT_EQ(Race("g"), 80);
}

TEST_F(ConcurrencyGateTest, EventsAreNotPacedButForTheirConcurrency) {
  limits_.invocations_per_concurrency = 10;
  EXPECT_EQ(Race("f", ConcurrencyGate::Trigger::kEvent), 1000);
  EXPECT_EQ(Try("f"), "admitted");
}

TEST_F(ConcurrencyGateTest, WhatTheConcurrencyRefusesTakesNothingOfTheRate) {
  limits_.concurrent_executions = 1;
  limits_.invocations_per_concurrency = 3;
  EXPECT_EQ(Try("f"), "admitted");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Try("f"), "account");
  running_.clear();
  EXPECT_EQ(Race("f"), 2);
}

TEST_F(ConcurrencyGateTest, ThreadsNeverPassTheLimitTogether) {
  limits_.concurrent_executions = 3;
  std::atomic<int> inside = 0, most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 2000; ++n) {
        const std::variant<Permit, Refusal> admission = gate_.TryAdmit("a", "f");
        if (!std::holds_alternative<Permit>(admission)) continue;
        const int now = ++inside;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_EQ(gate_.Running("a"), 0);
}

}  // namespace
}  // namespace hearth::controller
