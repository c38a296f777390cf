// The real kernel interface: needs root and a machine whose controllers are on v2.
#include <unistd.h>

#include <fstream>

#include "gtest/gtest.h"
#include "worker/sandbox/cgroup.h"

namespace hearth::worker {
namespace {

class CgroupV2Test : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    absl::StatusOr<std::unique_ptr<Cgroups>> cgroups = Cgroups::Open(prefix_, clock_);
    ASSERT_TRUE(cgroups.ok()) << cgroups.status();
    cgroups_ = *std::move(cgroups);
    if (cgroups_->version() != 2) GTEST_SKIP() << "the controllers of this machine are on v1";
  }
  void TearDown() override {
    if (cgroups_ == nullptr) return;
    cgroups_->Remove("env-1").IgnoreError();
    cgroups_->RemovePrefix();
  }

  std::string Read(const std::string& file) {
    std::ifstream text(cgroup_internal::MountPoint("memory").value() + "/" + prefix_ + "/env-1/" + file);
    std::string line;
    std::getline(text, line);
    return line;
  }

  RealClock clock_;
  const std::string prefix_ = "hearth-unit-" + std::to_string(getpid());
  std::unique_ptr<Cgroups> cgroups_;
};

TEST_F(CgroupV2Test, AGroupHasTheLimitsAskedFor) {
  ASSERT_TRUE(cgroups_->Create("env-1", {64 << 20, 100}).ok());
  EXPECT_EQ(Read("memory.max"), std::to_string(64 << 20));
  EXPECT_EQ(Read("pids.max"), "100");
}

TEST_F(CgroupV2Test, ALivingGroupTakesOtherLimits) {
  ASSERT_TRUE(cgroups_->Create("env-1", {64 << 20, 100, /*yields_cpu=*/true}).ok());
  EXPECT_EQ(Read("cpu.weight"), "2");
  ASSERT_EQ(cgroups_->Limit("env-1", {128 << 20, 100}), absl::OkStatus());
  EXPECT_EQ(Read("memory.max"), std::to_string(128 << 20));
  EXPECT_EQ(Read("cpu.weight"), "100");
}

TEST_F(CgroupV2Test, AnOutOfMemoryKillDoesNotTakeTheWholeGroup) {
  ASSERT_TRUE(cgroups_->Create("env-1", {64 << 20, 100}).ok());
  EXPECT_EQ(Read("memory.oom.group"), "0");
}

TEST_F(CgroupV2Test, AGroupIsEnteredByItsDirectory) {
  const NewCgroup group = cgroups_->Create("env-1", {64 << 20, 100}).value();
  EXPECT_TRUE(group.directory.valid());
  EXPECT_TRUE(group.task_files.empty());
}

}  // namespace
}  // namespace hearth::worker
