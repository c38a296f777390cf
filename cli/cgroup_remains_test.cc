#include "cli/cgroup_remains.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace hearth::cli {
namespace {

// The pids hierarchy stands for all: v1 mounts it alone, v2 has one mount for everything.
std::string SomeHierarchy() {
  for (const char* path : {"/sys/fs/cgroup/pids", "/sys/fs/cgroup"}) {
    if (std::filesystem::exists(std::string(path) + "/cgroup.procs")) return path;
  }
  return "";
}

TEST(CgroupRemainsTest, AnEmptyGroupIsRemovedAndOneWithChildrenStays) {
  const std::string group = SomeHierarchy() + "/hearth-remains-test";
  if (geteuid() != 0 || SomeHierarchy().empty()) GTEST_SKIP() << "needs root and a cgroup hierarchy";
  ASSERT_EQ(mkdir(group.c_str(), 0755), 0);
  ASSERT_EQ(mkdir((group + "/w0").c_str(), 0755), 0);
  RemoveEmptyCgroup("hearth-remains-test");
  EXPECT_TRUE(std::filesystem::exists(group));
  rmdir((group + "/w0").c_str());
  RemoveEmptyCgroup("hearth-remains-test");
  EXPECT_FALSE(std::filesystem::exists(group));
}

}  // namespace
}  // namespace hearth::cli
