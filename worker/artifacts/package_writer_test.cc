#include "worker/artifacts/package_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace hearth::worker {
namespace {

namespace fs = std::filesystem;

class PackageWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/hearth-package-writer-test-XXXXXX";
    base_ = mkdtemp(pattern);
    fs::create_directories(base_ / "root");
    fs::create_directory(base_ / "outside");
    root_ = UniqueFd(open((base_ / "root").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    old_mask_ = umask(0);
  }
  void TearDown() override {
    umask(old_mask_);
    fs::remove_all(base_);
  }

  fs::path base_;
  UniqueFd root_;
  mode_t old_mask_ = 0;
};

TEST_F(PackageWriterTest, MakesFilesAndDirectoriesWithTheirModes) {
  PackageWriter writer(root_.get());
  ASSERT_TRUE(writer.MakeDirectory("a").ok());
  ASSERT_TRUE(writer.CreateFile("a/tool", true).ok());
  ASSERT_TRUE(writer.CreateFile("a/text", false).ok());
  EXPECT_EQ(fs::status(base_ / "root/a").permissions(), fs::perms(0755));
  EXPECT_EQ(fs::status(base_ / "root/a/tool").permissions(), fs::perms(0755));
  EXPECT_EQ(fs::status(base_ / "root/a/text").permissions(), fs::perms(0644));
}

TEST_F(PackageWriterTest, GoesThroughNoLinkAndNotUpwards) {
  PackageWriter writer(root_.get());
  fs::create_symlink(base_ / "outside", base_ / "root" / "out");
  fs::create_symlink(".", base_ / "root" / "here");
  for (const char* path : {"out/file", "here/file", "../outside/file", "/tmp/hearth-package-writer-escape", "out"}) {
    EXPECT_FALSE(writer.CreateFile(path, false).ok()) << path;
    EXPECT_FALSE(writer.MakeDirectory(path).ok()) << path;
    EXPECT_FALSE(writer.MakeLink(path, "x").ok()) << path;
  }
  EXPECT_TRUE(fs::is_empty(base_ / "outside"));
}

TEST_F(PackageWriterTest, ReplacesNothing) {
  PackageWriter writer(root_.get());
  ASSERT_TRUE(writer.CreateFile("file", false).ok());
  EXPECT_FALSE(writer.CreateFile("file", false).ok());
  EXPECT_FALSE(writer.MakeLink("file", "x").ok());
}

TEST_F(PackageWriterTest, AFullDiskIsResourceExhausted) {
  const UniqueFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_TRUE(absl::IsResourceExhausted(PackageWriter::WriteAll(full.get(), "x", 1)));
}

}  // namespace
}  // namespace hearth::worker
