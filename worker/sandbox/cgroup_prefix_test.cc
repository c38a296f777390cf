#include "gtest/gtest.h"
#include "worker/sandbox/cgroup.h"

namespace hearth::worker {
namespace {

TEST(CgroupPrefixTest, IsOnesOwn) { EXPECT_TRUE(CheckCgroupPrefix("hearth-dev/w0").ok()); }

TEST(CgroupPrefixTest, BeginsWithHearth) {
  for (const char* prefix : {"", "system.slice", "/hearth", "user/hearth"}) {
    EXPECT_FALSE(CheckCgroupPrefix(prefix).ok()) << prefix;
  }
}

TEST(CgroupPrefixTest, DoesNotLeaveItsPlace) {
  for (const char* prefix : {"hearth/../system.slice", "hearth//w0", "hearth/./w0", "hearth/w 0"}) {
    EXPECT_FALSE(CheckCgroupPrefix(prefix).ok()) << prefix;
  }
}

}  // namespace
}  // namespace hearth::worker
