#include "worker/environments/memory_pressure.h"

#include <gtest/gtest.h>

#include <fstream>

namespace hearth::worker {
namespace {

std::string FileWith(const std::string& text) {
  const std::string path = testing::TempDir() + "/meminfo";
  std::ofstream(path) << text;
  return path;
}

TEST(MemoryPressureTest, ReadsWhatTheKernelSays) {
  const std::string path = FileWith("MemTotal:       8000 kB\nMemFree: 10 kB\nMemAvailable:   1234 kB\n");
  EXPECT_EQ(*AvailableMemoryBytes(path), 1234 * 1024);
  EXPECT_EQ(*TotalMemoryBytes(path), 8000 * 1024);
}

TEST(MemoryPressureTest, FailsWhenItDoesNotSay) {
  EXPECT_FALSE(AvailableMemoryBytes(FileWith("MemAvailable: lots\n")).ok());
  EXPECT_FALSE(AvailableMemoryBytes("/nonexistent").ok());
}

TEST(MemoryPressureTest, UnderstandsThisMachine) { EXPECT_GT(*AvailableMemoryBytes(), 0); }

}  // namespace
}  // namespace hearth::worker
