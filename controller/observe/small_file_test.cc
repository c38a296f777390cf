#include "controller/observe/small_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace hearth::controller {
namespace {

namespace fs = std::filesystem;

TEST(SmallFileTest, ReplacesAFileAndLeavesNothingElse) {
  char pattern[] = "/tmp/hearth-small-file-test-XXXXXX";
  const fs::path folder = mkdtemp(pattern);
  const std::string path = folder / "file";
  EXPECT_EQ(ReadSmallFile(path), "");
  ASSERT_TRUE(WriteSmallFile(path, "first", Durability::kDurable).ok());
  ASSERT_TRUE(WriteSmallFile(path, "second", Durability::kCache).ok());
  EXPECT_EQ(ReadSmallFile(path), "second");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
  fs::remove_all(folder);
}

TEST(SmallFileTest, SaysWhenItCannotWrite) {
  EXPECT_FALSE(WriteSmallFile("/nonexistent/file", "x", Durability::kCache).ok());
}

}  // namespace
}  // namespace hearth::controller
