#include "worker/process_setup.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace hearth::worker {
namespace {

TEST(ProcessSetupTest, KnowsWhichUsersThereAre) {
  EXPECT_TRUE(UserExists("nobody"));
  EXPECT_FALSE(UserExists("no-such-user-here"));
  EXPECT_FALSE(UserExists(""));
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
