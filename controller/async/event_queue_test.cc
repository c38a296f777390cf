#include "controller/async/event_queue.h"

#include <gtest/gtest.h>

#include <vector>

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

const MonotonicTime kNow{1000s};

class EventQueueTest : public testing::Test {
 protected:
  void Add(const std::string& function, uint64_t sequence, MonotonicTime due = {}) {
    queue_.Add(function, {.sequence = sequence}, due);
  }
  std::vector<uint64_t> TakeAll(MonotonicTime now = kNow) {
    std::vector<uint64_t> sequences;
    while (const auto turn = queue_.Take(now)) sequences.push_back(turn->entry.sequence);
    return sequences;
  }

  EventQueue queue_;
};

TEST_F(EventQueueTest, EventsOfAFunctionRunInTheirOrder) {
  for (uint64_t i = 1; i <= 3; ++i) Add("a", i);
  EXPECT_EQ(TakeAll(), (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_EQ(queue_.waiting(), 0u);
  EXPECT_EQ(queue_.running(), 3u);
}

TEST_F(EventQueueTest, FunctionsTakeTurns) {
  for (uint64_t i = 1; i <= 100'000; ++i) Add("flood", i);
  Add("other", 200'000);
  EXPECT_EQ(queue_.Take(kNow)->function, "flood");
  EXPECT_EQ(queue_.Take(kNow)->function, "other");
}

TEST_F(EventQueueTest, AFunctionRunsNoMoreThanItsWindow) {
  for (uint64_t i = 1; i <= 100; ++i) Add("a", i);
  EXPECT_EQ(TakeAll().size(), EventQueue::kFirstWindow);
  queue_.Ended("a", false);
  EXPECT_EQ(TakeAll().size(), 2u) << "the one that ended made room, and the window grew by one";
}

TEST_F(EventQueueTest, ThrottlingHalvesTheWindowButNeverToNothing) {
  for (uint64_t i = 1; i <= 100; ++i) Add("a", i);
  TakeAll();
  for (size_t i = 0; i < EventQueue::kFirstWindow; ++i) queue_.Ended("a", true);
  EXPECT_EQ(TakeAll().size(), 1u);
  queue_.Ended("a", false);
  EXPECT_EQ(TakeAll().size(), 2u);
}

TEST_F(EventQueueTest, DelayedEventsWaitAndThenGoFirst) {
  Add("a", 1, kNow + 1s);
  Add("a", 2);
  EXPECT_EQ(queue_.NextDue(), kNow + 1s);
  EXPECT_EQ(TakeAll(), (std::vector<uint64_t>{2}));
  Add("a", 3);
  EXPECT_EQ(TakeAll(kNow + 1s), (std::vector<uint64_t>{1, 3}));
  EXPECT_EQ(queue_.NextDue(), std::nullopt);
}

TEST_F(EventQueueTest, AllFunctionsTogetherAreBounded) {
  for (int function = 0; function < 100; ++function) {
    for (uint64_t i = 1; i <= 20; ++i) Add("f" + std::to_string(function), i);
  }
  EXPECT_EQ(TakeAll().size(), EventQueue::kMaxRunning);
  queue_.Ended("f0", false);
  EXPECT_EQ(TakeAll().size(), 1u);
}

TEST_F(EventQueueTest, AFunctionWithADelayedEventIsRememberedUntilItRan) {
  Add("a", 1);
  TakeAll();
  Add("a", 1, kNow + 1s);
  queue_.Ended("a", true);
  EXPECT_EQ(TakeAll(kNow + 2s), (std::vector<uint64_t>{1}));
}

}  // namespace
}  // namespace hearth::controller
