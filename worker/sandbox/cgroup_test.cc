#include "worker/sandbox/cgroup.h"

#include "gtest/gtest.h"

namespace hearth::worker {
namespace {

TEST(CgroupTest, TakesAPrefixOfItsOwn) { EXPECT_TRUE(CheckCgroupPrefix("hearth-dev/w0").ok()); }

TEST(CgroupTest, RefusesAPrefixThatIsNotHearths) {
  for (const char* prefix : {"", "system.slice", "/hearth", "user/hearth"}) {
    EXPECT_FALSE(CheckCgroupPrefix(prefix).ok()) << prefix;
  }
}

TEST(CgroupTest, RefusesAPrefixThatLeavesItsPlace) {
  for (const char* prefix : {"hearth/../system.slice", "hearth//w0", "hearth/./w0", "hearth/w 0"}) {
    EXPECT_FALSE(CheckCgroupPrefix(prefix).ok()) << prefix;
  }
}

TEST(CgroupTest, WaitingEndsAtItsLimit) {
  RealClock clock;
  EXPECT_FALSE(cgroup_internal::WaitUntil(clock, std::chrono::milliseconds(20), [] { return false; }));
}

}  // namespace
}  // namespace hearth::worker
