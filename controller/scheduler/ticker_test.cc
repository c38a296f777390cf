#include "controller/scheduler/ticker.h"

#include <gtest/gtest.h>

#include <atomic>

namespace hearth::controller {
namespace {

TEST(TickerTest, TicksAgainAndAgainUntilItIsDestroyed) {
  std::atomic<int> ticks = 0;
  {
    Ticker ticker(std::chrono::milliseconds(1), [&ticks] {
      ++ticks;
      ticks.notify_all();
    });
    for (int seen = ticks; seen < 3; seen = ticks) ticks.wait(seen);
  }
  const int after = ticks;
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(ticks, after);
}

}  // namespace
}  // namespace hearth::controller
