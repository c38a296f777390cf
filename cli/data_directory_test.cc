#include "cli/data_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace hearth::cli {
namespace {

class DataDirectoryTest : public testing::Test {
 protected:
  DataDirectoryTest() : root_(testing::TempDir() + "hearth_data_directory_test") { std::filesystem::remove_all(root_); }
  ~DataDirectoryTest() override { std::filesystem::remove_all(root_); }

  const std::string root_;
  SeededRandom random_{1};
};

TEST_F(DataDirectoryTest, FindsTheFolderThatKeepsOthersOut) {
  std::filesystem::create_directories(root_ + "/home/clone/bin");
  EXPECT_EQ(ClosedFolderAbove(root_ + "/home/clone/bin/hearth"), std::nullopt);
  chmod((root_ + "/home").c_str(), 0700);
  EXPECT_EQ(ClosedFolderAbove(root_ + "/home/clone/bin/hearth"), root_ + "/home");
  EXPECT_EQ(ClosedFolderAbove(root_ + "/home"), std::nullopt);
  chmod((root_ + "/home/clone/bin").c_str(), 0750);
  EXPECT_EQ(ClosedFolderAbove(root_ + "/home/clone/bin/hearth"), root_ + "/home/clone/bin");
}

TEST_F(DataDirectoryTest, ASecondOpenIsRefusedWhileTheFirstLives) {
  const auto first = DataDirectory::Open(root_, 1, "", random_);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(DataDirectory::Open(root_, 1, "", random_).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(DataDirectoryTest, TheInstanceNameSurvivesAReopen) {
  std::string instance;
  {
    const auto first = DataDirectory::Open(root_, 1, "", random_);
    ASSERT_TRUE(first.ok()) << first.status();
    instance = first->instance();
  }
  const auto second = DataDirectory::Open(root_, 1, "", random_);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->instance(), instance);
  EXPECT_EQ(instance.size(), 8u);
}

TEST_F(DataDirectoryTest, WhatIsPrivateIsClosedToOtherUsers) {
  const auto directory = DataDirectory::Open(root_, 1, "", random_);
  ASSERT_TRUE(directory.ok()) << directory.status();
  struct stat info {};
  ASSERT_EQ(stat(directory->ControllerDirectory().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);
}

TEST_F(DataDirectoryTest, TheAwsConfigNamesRegionAndEndpoint) {
  const auto directory = DataDirectory::Open(root_, 1, "", random_);
  ASSERT_TRUE(directory.ok()) << directory.status();
  ASSERT_TRUE(directory->WriteAwsConfig("eu-north-1", "http://127.0.0.1:9000").ok());
  std::stringstream text;
  text << std::ifstream(root_ + "/config").rdbuf();
  EXPECT_NE(text.str().find("region = eu-north-1\n"), std::string::npos);
  EXPECT_NE(text.str().find("endpoint_url = http://127.0.0.1:9000\n"), std::string::npos);
}

TEST_F(DataDirectoryTest, TheCredentialsAreForTheirOwnerAlone) {
  const auto directory = DataDirectory::Open(root_, 1, "", random_);
  ASSERT_TRUE(directory.ok()) << directory.status();
  std::ofstream(directory->ControllerCredentialsFile()) << "[default]\n";
  ASSERT_TRUE(directory->PublishCredentials().ok());
  struct stat info {};
  ASSERT_EQ(stat(directory->CredentialsFile().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
}

TEST_F(DataDirectoryTest, ADaemonUserThatIsNotThereIsNamed) {
  const auto directory = DataDirectory::Open(root_, 1, "nobody-by-this-name", random_);
  EXPECT_NE(directory.status().message().find("nobody-by-this-name"), absl::string_view::npos);
}

}  // namespace
}  // namespace hearth::cli
