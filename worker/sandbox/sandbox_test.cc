// How a failed step is reported; whole sandboxes are tested in tests/sandbox/.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "worker/sandbox/sandbox_steps.h"

namespace hearth::worker {
namespace {

class SandboxStepsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
  }
};

TEST_F(SandboxStepsTest, TheFirstFailedStepIsNamedWithItsError) {
  const UniqueFd not_writable(open("/dev/null", O_RDONLY | O_CLOEXEC));
  SandboxPlan plan;
  plan.cgroup_tasks = {not_writable.get()};
  const absl::Status failed = StartSandbox(plan).status();
  EXPECT_NE(failed.message().find("join a cgroup"), std::string::npos) << failed;
}

TEST_F(SandboxStepsTest, AStepInsideTheNamespacesIsNamedToo) {
  SandboxPlan plan;  // no mounts were prepared
  const absl::Status failed = StartSandbox(plan).status();
  EXPECT_NE(failed.message().find("/etc/passwd"), std::string::npos) << failed;
}

TEST_F(SandboxStepsTest, AFailedStartLeavesNoChild) {
  SandboxPlan plan;
  ASSERT_FALSE(StartSandbox(plan).ok());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace hearth::worker
