#include "worker/process_setup.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

namespace hearth::worker {
namespace {

TEST(ProcessSetupTest, KnowsWhichUsersThereAre) {
  EXPECT_TRUE(UserExists("nobody"));
  EXPECT_FALSE(UserExists("no-such-user-here"));
  EXPECT_FALSE(UserExists(""));
}

TEST(ProcessSetupTest, LeavesNoCore) {
  const pid_t child = fork();
  if (child == 0) {
    struct rlimit limit {};
    const bool prepared = PrepareProcess().ok() && getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0;
    _exit(prepared && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(ProcessSetupTest, MakesADirectoryThatSandboxesCanEnter) {
  const std::string path = testing::TempDir() + "/process_setup_" + std::to_string(getpid());
  ASSERT_TRUE(MakeDirectory(path + "/below", "").ok());
  struct stat status = {};
  ASSERT_EQ(stat((path + "/below").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0755u);
  std::filesystem::remove_all(path);
}

}  // namespace
}  // namespace hearth::worker
