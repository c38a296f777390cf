#include "worker/process_setup.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

namespace hearth::worker {
namespace {

// Runs `body` in a child, which may change what cannot be changed back; its exit code comes back.
template <class Body>
int InAChild(Body body) {
  const pid_t pid = fork();
  if (pid == 0) _exit(body());
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ProcessSetupTest, BecomesTheUserForGood) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const int code = InAChild([] {
    if (!BecomeUser("nobody").ok()) return 1;
    if (geteuid() == 0 || getegid() == 0 || getgroups(0, nullptr) > 1) return 2;
    return setuid(0) == 0 ? 3 : 0;
  });
  EXPECT_EQ(code, 0);
}

TEST(ProcessSetupTest, KnowsWhichUsersThereAre) {
  EXPECT_TRUE(UserExists("nobody"));
  EXPECT_FALSE(UserExists("no-such-user-here"));
  EXPECT_FALSE(UserExists(""));
  EXPECT_FALSE(BecomeUser("no-such-user-here").ok());
}

TEST(ProcessSetupTest, MakesADirectoryThatSandboxesCanEnter) {
  const std::string path = testing::TempDir() + "/process_setup_" + std::to_string(getpid());
  ASSERT_TRUE(MakeDirectory(path + "/below", "").ok());
  struct stat status = {};
  ASSERT_EQ(stat((path + "/below").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0755u);
  std::filesystem::remove_all(path);
}

TEST(ProcessSetupTest, NoticesAParentThatHasGoneAlready) {
  EXPECT_EQ(InAChild([] { return EndWithParent(getppid()).ok() ? 0 : 1; }), 0);
  EXPECT_EQ(InAChild([] { return EndWithParent(getppid() + 1).ok() ? 0 : 1; }), 1);
}

}  // namespace
}  // namespace hearth::worker
