#include "controller/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

namespace hearth::controller {
namespace {

// Runs `body` in a child, so that what it does to its process stays there; returns its exit status.
template <class Body>
int InChild(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string NewFolder() {
  std::string pattern = testing::TempDir() + "/hearth-process-XXXXXX";
  return mkdtemp(pattern.data());
}

TEST(ProcessTest, LeavesNoCoreAndNoOpenFiles) {
  EXPECT_EQ(InChild([] {
              struct rlimit limit {};
              return ProtectProcess().ok() && getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 &&
                     prctl(PR_GET_DUMPABLE) == 0 && umask(0) == 077;
            }),
            0);
}

TEST(ProcessTest, BecomesAUserForGoodAndGivesThemTheFolder) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another";
  const std::string folder = NewFolder();
  std::filesystem::create_directories(folder + "/data/below");
  EXPECT_EQ(InChild([&] { return GiveUpRoot("nobody", folder + "/data").ok() && geteuid() != 0 && setuid(0) != 0; }),
            0);
  struct stat info {};
  ASSERT_EQ(stat((folder + "/data/below").c_str(), &info), 0);
  EXPECT_NE(info.st_uid, 0u);
  std::filesystem::remove_all(folder);
}

TEST(ProcessTest, NamesAUserThatDoesNotExist) {
  if (geteuid() != 0) GTEST_SKIP() << "only root looks users up";
  EXPECT_TRUE(absl::IsNotFound(GiveUpRoot("hearth-no-such-user", "/nowhere")));
}

TEST(ProcessTest, WaitsForTheStopSignalAndNoLongerThanAsked) {
  EXPECT_EQ(InChild([] {
              BlockStopSignals();
              if (WaitForStop(std::chrono::milliseconds(1))) return false;
              kill(getpid(), SIGTERM);
              return WaitForStop(std::nullopt);
            }),
            0);
}

TEST(ProcessTest, MakesAFolderWithItsParents) {
  const std::string folder = NewFolder();
  EXPECT_TRUE(MakeFolder(folder + "/a/b").ok());
  EXPECT_TRUE(MakeFolder(folder + "/a/b").ok());
  EXPECT_TRUE(std::filesystem::is_directory(folder + "/a/b"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace hearth::controller
