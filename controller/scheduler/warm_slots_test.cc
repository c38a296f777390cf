#include "controller/scheduler/warm_slots.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(WarmSlotsTest, TheMostRecentlyUsedIsTakenFirst) {
  Environment a, b;
  WarmSlots slots;
  slots.Put(a);
  slots.Put(b);
  EXPECT_EQ(slots.TakeNewest(), &b);
  EXPECT_EQ(slots.TakeNewest(), &a);
  EXPECT_EQ(slots.TakeNewest(), nullptr);
}

TEST(WarmSlotsTest, OneFromTheMiddleCanBeRemoved) {
  Environment a, b, c;
  WarmSlots slots;
  for (Environment* environment : {&a, &b, &c}) slots.Put(*environment);
  slots.Remove(b);
  EXPECT_EQ(slots.TakeNewest(), &c);
  EXPECT_EQ(slots.TakeNewest(), &a);
}

TEST(WarmSlotsTest, TakingAllLeavesNone) {
  Environment a, b;
  WarmSlots slots;
  slots.Put(a);
  slots.Put(b);
  EXPECT_EQ(slots.TakeAll().size(), 2u);
  EXPECT_EQ(slots.size(), 0u);
}

}  // namespace
}  // namespace hearth::controller
