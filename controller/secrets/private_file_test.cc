#include "controller/secrets/private_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace hearth::controller {
namespace {

class PrivateFileTest : public testing::Test {
 protected:
  PrivateFileTest() {
    std::string pattern = testing::TempDir() + "/hearth-private-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/file";
  }
  ~PrivateFileTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_, path_;
};

TEST_F(PrivateFileTest, HoldsWhatWasWrittenLast) {
  ASSERT_TRUE(WritePrivateFile(path_, "a long first text").ok());
  ASSERT_TRUE(WritePrivateFile(path_, "short").ok());
  EXPECT_EQ(*ReadPrivateFile(path_), "short");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

TEST_F(PrivateFileTest, IsForItsOwnerWhateverTheUmask) {
  const mode_t before = umask(0);
  ASSERT_TRUE(WritePrivateFile(path_, "x").ok());
  umask(before);
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(PrivateFileTest, IsRefusedWhenOthersMayReadIt) {
  ASSERT_TRUE(WritePrivateFile(path_, "x").ok());
  ASSERT_EQ(chmod(path_.c_str(), 0604), 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(ReadPrivateFile(path_).status()));
}

TEST_F(PrivateFileTest, IsNotFoundWhenAbsent) { EXPECT_TRUE(absl::IsNotFound(ReadPrivateFile(path_).status())); }

TEST_F(PrivateFileTest, IsNotReadThroughALink) {
  ASSERT_TRUE(WritePrivateFile(path_, "x").ok());
  std::filesystem::create_symlink(path_, folder_ + "/link");
  EXPECT_FALSE(ReadPrivateFile(folder_ + "/link").ok());
}

}  // namespace
}  // namespace hearth::controller
