#include "worker/sandbox/cgroup.h"

#include "gtest/gtest.h"

namespace hearth::worker {
namespace {

TEST(CgroupTest, WaitingEndsAtItsLimit) {
  RealClock clock;
  EXPECT_FALSE(cgroup_internal::WaitUntil(clock, std::chrono::milliseconds(20), [] { return false; }));
}

}  // namespace
}  // namespace hearth::worker
