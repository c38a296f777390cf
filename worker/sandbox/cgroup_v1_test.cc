// The real kernel interface: needs root and a machine whose controllers are on v1.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "gtest/gtest.h"
#include "worker/sandbox/cgroup.h"

namespace hearth::worker {
namespace {

class CgroupV1Test : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    absl::StatusOr<std::unique_ptr<Cgroups>> cgroups = Cgroups::Open(prefix_, clock_);
    ASSERT_TRUE(cgroups.ok()) << cgroups.status();
    cgroups_ = *std::move(cgroups);
    if (cgroups_->version() != 1) GTEST_SKIP() << "the controllers of this machine are on v2";
  }
  void TearDown() override {
    if (cgroups_ == nullptr) return;
    cgroups_->Remove("env-1").IgnoreError();
    cgroups_->RemovePrefix();
  }

  std::string Read(const std::string& controller, const std::string& file) {
    std::ifstream text(cgroup_internal::MountPoint(controller).value() + "/" + prefix_ + "/" + file);
    std::string line;
    std::getline(text, line);
    return line;
  }

  RealClock clock_;
  const std::string prefix_ = "hearth-unit-" + std::to_string(getpid());
  std::unique_ptr<Cgroups> cgroups_;
};

TEST_F(CgroupV1Test, AGroupHasTheLimitsAskedFor) {
  ASSERT_TRUE(cgroups_->Create("env-1", {64 << 20, 100}).ok());
  EXPECT_EQ(Read("memory", "env-1/memory.limit_in_bytes"), std::to_string(64 << 20));
  EXPECT_EQ(Read("pids", "env-1/pids.max"), "100");
  EXPECT_EQ(Read("cpu", "env-1/cpu.cfs_period_us"), std::to_string(kCpuPeriodMicros));
  EXPECT_EQ(Read("cpu", "env-1/cpu.cfs_quota_us"), "-1");
}

TEST_F(CgroupV1Test, NoSwapIsLeftToAGroup) {
  ASSERT_TRUE(cgroups_->Create("env-1", {64 << 20, 100}).ok());
  const std::string with_swap = Read("memory", "env-1/memory.memsw.limit_in_bytes");
  if (with_swap.empty()) GTEST_SKIP() << "this kernel does not account swap";
  EXPECT_EQ(with_swap, std::to_string(64 << 20));
}

TEST_F(CgroupV1Test, ALivingGroupTakesOtherLimitsInEitherDirection) {
  ASSERT_TRUE(cgroups_->Create("env-1", {64 << 20, 100, /*yields_cpu=*/true}).ok());
  EXPECT_EQ(Read("cpu", "env-1/cpu.shares"), "16");
  for (const int megabytes : {128, 32}) {
    ASSERT_EQ(cgroups_->Limit("env-1", {int64_t{megabytes} << 20, 100}), absl::OkStatus());
    EXPECT_EQ(Read("memory", "env-1/memory.limit_in_bytes"), std::to_string(megabytes << 20));
    EXPECT_EQ(Read("cpu", "env-1/cpu.shares"), "1024");
    const std::string with_swap = Read("memory", "env-1/memory.memsw.limit_in_bytes");
    EXPECT_TRUE(with_swap.empty() || with_swap == std::to_string(megabytes << 20)) << with_swap;
  }
}

TEST_F(CgroupV1Test, OneGroupStaysFrozenForTheLaunchersLifetime) {
  EXPECT_EQ(Read("freezer", "_ice/freezer.state"), "FROZEN");
}

TEST_F(CgroupV1Test, OnlyFiveDevicesAreAllowed) {
  std::ifstream list(cgroup_internal::MountPoint("devices").value() + "/" + prefix_ + "/devices.list");
  std::stringstream text;
  text << list.rdbuf();
  EXPECT_EQ(text.str(), "c 1:3 rw\nc 1:5 rw\nc 1:7 rw\nc 1:8 rw\nc 1:9 rw\n");
}

TEST_F(CgroupV1Test, AFailedCreateOfAnExistingIdLeavesTheExistingGroup) {
  ASSERT_TRUE(cgroups_->Create("env-1", {64 << 20, 100}).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(cgroups_->Create("env-1", {32 << 20, 50}).status()));
  EXPECT_EQ(Read("pids", "env-1/pids.max"), "100");
}

TEST_F(CgroupV1Test, RemovingTwiceIsNoError) {
  ASSERT_TRUE(cgroups_->Create("env-1", {64 << 20, 100}).ok());
  EXPECT_TRUE(cgroups_->Remove("env-1").ok());
  EXPECT_TRUE(cgroups_->Remove("env-1").ok());
}

TEST_F(CgroupV1Test, InsistingOnTheOtherVersionFailsWithAHint) {
  setenv("HEARTH_CGROUP_VERSION", "2", 1);
  const absl::Status refused = Cgroups::Open(prefix_ + "-other", clock_).status();
  unsetenv("HEARTH_CGROUP_VERSION");
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
}

}  // namespace
}  // namespace hearth::worker
