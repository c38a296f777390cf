#include "controller/invoke/concurrency_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace hearth::controller {
namespace {

TEST(ConcurrencyGateTest, RefusesTheOneAboveTheLimit) {
  ConcurrencyGate gate([](const std::string&) { return 2; });
  const std::optional<Permit> first = gate.TryAdmit("a"), second = gate.TryAdmit("a");
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(gate.TryAdmit("a").has_value());
}

TEST(ConcurrencyGateTest, APermitGivenBackIsUsedAgain) {
  ConcurrencyGate gate([](const std::string&) { return 1; });
  { const std::optional<Permit> permit = gate.TryAdmit("a"); }
  EXPECT_EQ(gate.Running("a"), 0);
  EXPECT_TRUE(gate.TryAdmit("a").has_value());
}

TEST(ConcurrencyGateTest, AccountsDoNotShareALimit) {
  ConcurrencyGate gate([](const std::string& account) { return account == "a" ? 0 : 1; });
  EXPECT_FALSE(gate.TryAdmit("a").has_value());
  EXPECT_TRUE(gate.TryAdmit("b").has_value());
}

TEST(ConcurrencyGateTest, AMovedPermitIsGivenBackOnce) {
  ConcurrencyGate gate([](const std::string&) { return 2; });
  std::optional<Permit> kept = gate.TryAdmit("a");
  {
    std::optional<Permit> given = gate.TryAdmit("a");
    const Permit moved = *std::move(given);
    EXPECT_EQ(gate.Running("a"), 2);
  }
  EXPECT_EQ(gate.Running("a"), 1);
}

TEST(ConcurrencyGateTest, ThreadsNeverPassTheLimitTogether) {
  ConcurrencyGate gate([](const std::string&) { return 3; });
  std::atomic<int> inside = 0, most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 2000; ++n) {
        const std::optional<Permit> permit = gate.TryAdmit("a");
        if (!permit) continue;
        const int now = ++inside;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_EQ(gate.Running("a"), 0);
}

}  // namespace
}  // namespace hearth::controller
