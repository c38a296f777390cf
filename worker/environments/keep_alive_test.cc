#include "worker/environments/keep_alive.h"

#include <gtest/gtest.h>

namespace hearth::worker {
namespace {

using namespace std::chrono_literals;

constexpr MonotonicTime At(std::chrono::seconds time) { return MonotonicTime(time); }

TEST(KeepAliveTest, NamesTheOneIdleLongest) {
  KeepAlive keep_alive;
  keep_alive.Add("a", At(1s));
  keep_alive.Add("b", At(2s));
  EXPECT_EQ(keep_alive.Oldest(), "a");
  keep_alive.Add("a", At(3s));
  EXPECT_EQ(keep_alive.Oldest(), "b");
  keep_alive.Remove("b");
  keep_alive.Remove("a");
  EXPECT_EQ(keep_alive.Oldest(), std::nullopt);
}

TEST(KeepAliveTest, NamesOnlyWhatHasBeenIdleLongEnough) {
  KeepAlive keep_alive;
  keep_alive.Add("a", At(10s));
  EXPECT_EQ(keep_alive.IdleSince(At(9s)), std::nullopt);
  EXPECT_EQ(keep_alive.IdleSince(At(10s)), "a");
}

}  // namespace
}  // namespace hearth::worker
