#include "worker/sandbox/channel/cgroup_handle.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "gtest/gtest.h"

namespace hearth::worker {
namespace {

constexpr int64_t kMiB = 1024 * 1024;

UniqueFd FileWith(std::string_view text) {
  UniqueFd file(memfd_create("cgroup-file", MFD_CLOEXEC));
  EXPECT_EQ(pwrite(file.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  return file;
}

std::string Content(int fd) {
  char text[256];
  const ssize_t size = pread(fd, text, sizeof(text), 0);
  return std::string(text, size > 0 ? static_cast<size_t>(size) : 0);
}

CgroupFiles Files(std::string_view peak, std::string_view oom) {
  return {FileWith(""), FileWith(""), FileWith(peak), FileWith(oom)};
}

TEST(CgroupHandleTest, GivesAFunctionOf1769MegabytesOneWholeCore) {
  EXPECT_EQ(CpuQuotaMicros(1769 * kMiB), kCpuPeriodMicros);
}

TEST(CgroupHandleTest, NeverAsksForAQuotaTheKernelRefuses) { EXPECT_EQ(CpuQuotaMicros(16 * kMiB), 1'000); }

TEST(CgroupHandleTest, FreezesVersion1ByName) {
  CgroupFiles files = Files("0", "");
  const int freezer = files.freezer.get();
  CgroupHandle handle(1, std::move(files), 128 * kMiB);
  ASSERT_TRUE(handle.Freeze().ok());
  EXPECT_EQ(Content(freezer), "FROZEN");
}

TEST(CgroupHandleTest, WritesQuotaAndPeriodOnVersion2) {
  CgroupFiles files = Files("0", "");
  const int cpu = files.cpu.get();
  CgroupHandle handle(2, std::move(files), 1769 * kMiB);
  ASSERT_TRUE(handle.ApplyCpuShare().ok());
  EXPECT_EQ(Content(cpu), "20000 20000");
}

TEST(CgroupHandleTest, ReadsOomKillsAmongOtherCounters) {
  CgroupHandle handle(1, Files("0", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"), 128 * kMiB);
  EXPECT_EQ(handle.OomKills().value(), 3);
}

TEST(CgroupHandleTest, DoesNotTakeTheGroupKillCounterForTheKillCounter) {
  EXPECT_EQ(FindCounter("oom 7\noom_group_kill 5\noom_kill 2\n", "oom_kill").value(), 2);
}

TEST(CgroupHandleTest, ReadsThePeak) {
  CgroupHandle handle(2, Files("1048576\n", ""), 128 * kMiB);
  EXPECT_EQ(handle.MemoryPeakBytes().value(), kMiB);
}

TEST(CgroupHandleTest, ReportsAPeakThatIsNoNumber) {
  CgroupHandle handle(2, Files("max\n", ""), 128 * kMiB);
  EXPECT_FALSE(handle.MemoryPeakBytes().ok());
}

}  // namespace
}  // namespace hearth::worker
