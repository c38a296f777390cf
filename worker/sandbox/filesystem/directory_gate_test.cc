#include "worker/sandbox/filesystem/directory_gate.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "gtest/gtest.h"

namespace hearth::worker {
namespace {

class DirectoryGateTest : public testing::Test {
 protected:
  DirectoryGateTest() : base_(testing::TempDir() + "directory_gate_" + std::to_string(getpid())) {
    std::filesystem::create_directories(base_ + "/root/code/v1");
    std::filesystem::create_directories(base_ + "/root-too/code");
    std::filesystem::create_directory_symlink(base_ + "/root-too", base_ + "/root/link");
    EXPECT_TRUE(gate_.Allow(base_ + "/root", base_ + "/root").ok());
  }
  ~DirectoryGateTest() override { std::filesystem::remove_all(base_); }

  absl::StatusCode Try(const std::string& path) { return gate_.Open(path).status().code(); }

  const std::string base_;
  DirectoryGate gate_;
};

TEST_F(DirectoryGateTest, OpensADirectoryBelowItsRoot) {
  EXPECT_EQ(Try(base_ + "/root/code/v1"), absl::StatusCode::kOk);
}

TEST_F(DirectoryGateTest, RefusesTheRootItself) {
  EXPECT_EQ(Try(base_ + "/root"), absl::StatusCode::kPermissionDenied);
}

TEST_F(DirectoryGateTest, RefusesASiblingWhoseNameBeginsLikeTheRoot) {
  EXPECT_EQ(Try(base_ + "/root-too/code"), absl::StatusCode::kPermissionDenied);
}

TEST_F(DirectoryGateTest, RefusesADirectoryReachedThroughASymlink) {
  EXPECT_EQ(Try(base_ + "/root/link/code"), absl::StatusCode::kPermissionDenied);
}

TEST_F(DirectoryGateTest, RefusesASymlinkAsTheLastComponent) {
  EXPECT_NE(Try(base_ + "/root/link"), absl::StatusCode::kOk);
}

TEST_F(DirectoryGateTest, RefusesToClimb) {
  EXPECT_EQ(Try(base_ + "/root/code/../../root-too"), absl::StatusCode::kInvalidArgument);
}

TEST_F(DirectoryGateTest, RefusesARelativePath) { EXPECT_EQ(Try("root/code"), absl::StatusCode::kInvalidArgument); }

TEST_F(DirectoryGateTest, ReportsADirectoryThatIsNotThere) {
  EXPECT_EQ(Try(base_ + "/root/missing"), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace hearth::worker
