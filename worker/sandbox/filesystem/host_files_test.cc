#include "worker/sandbox/filesystem/host_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "gtest/gtest.h"

namespace hearth::worker {
namespace {

class HostFilesTest : public testing::Test {
 protected:
  HostFilesTest() : base_(testing::TempDir() + "host_files_" + std::to_string(getpid())) {
    std::filesystem::create_directories(base_);
  }
  ~HostFilesTest() override { std::filesystem::remove_all(base_); }

  static std::string Read(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  const std::string base_;
};

TEST_F(HostFilesTest, ACopyKeepsTheContentAndGetsTheModeDespiteTheUmask) {
  const mode_t before = umask(077);
  ASSERT_TRUE(WriteFile(base_ + "/from", "content", 0600).ok());
  ASSERT_TRUE(CopyFile(base_ + "/from", base_ + "/to", 0555).ok());
  umask(before);
  struct stat info;
  ASSERT_EQ(stat((base_ + "/to").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0555u);
  EXPECT_EQ(Read(base_ + "/to"), "content");
}

TEST_F(HostFilesTest, AMissingSourceIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(CopyFile(base_ + "/missing", base_ + "/to", 0444)));
}

TEST_F(HostFilesTest, ASymlinkIsCopiedAsALink) {
  ASSERT_EQ(symlink("usr/bin", (base_ + "/link").c_str()), 0);
  ASSERT_TRUE(CopySymlink(base_ + "/link", base_ + "/copy").ok());
  EXPECT_EQ(std::filesystem::read_symlink(base_ + "/copy"), "usr/bin");
}

TEST_F(HostFilesTest, TheMinimalEtcHoldsNoSecretsOfTheHost) {
  ASSERT_TRUE(MakeMinimalEtc(base_ + "/etc").ok());
  EXPECT_FALSE(std::filesystem::exists(base_ + "/etc/shadow"));
  EXPECT_FALSE(std::filesystem::exists(base_ + "/etc/ssl/private"));
}

TEST_F(HostFilesTest, TheMinimalEtcResolvesTheSandboxsOwnName) {
  ASSERT_TRUE(MakeMinimalEtc(base_ + "/etc").ok());
  EXPECT_NE(Read(base_ + "/etc/hosts").find("127.0.0.1 localhost hearth"), std::string::npos);
}

}  // namespace
}  // namespace hearth::worker
