#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>

#include "gtest/gtest.h"
#include "tests/sandbox/sandbox_fixture.h"

namespace hearth::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int64_t kMiB = 1024 * 1024;

class SandboxLimitsTest : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    world_ = std::make_unique<SandboxWorld>("limits");
    client_ = world_->StartLauncher();
  }

  std::unique_ptr<Sandbox> Make(int64_t memory_bytes = 128 * kMiB, int64_t tmp_bytes = 512 * kMiB) {
    SandboxSpec spec = world_->Spec("env-1");
    spec.memory_bytes = memory_bytes;
    spec.tmp_bytes = tmp_bytes;
    return MakeSandbox(*client_, spec, GetParam());
  }

  // nr_throttled of the one sandbox's cpu.stat.
  int64_t ThrottledPeriods() const {
    for (const std::string& group : world_->SandboxCgroups()) {
      std::ifstream stat(group + "/cpu.stat");
      std::string key;
      for (int64_t value = 0; stat >> key >> value;) {
        if (key == "nr_throttled") return value;
      }
    }
    return -1;
  }

  std::unique_ptr<SandboxWorld> world_;
  std::unique_ptr<LauncherClient> client_;
};

INSTANTIATE_TEST_SUITE_P(EachWay, SandboxLimitsTest, testing::Values(Way::kMadeForIt, Way::kParkedFirst),
                         [](const auto& made) { return NameOf(made.param); });

TEST_P(SandboxLimitsTest, AProcessThatEatsTooMuchMemoryIsKilledAndCounted) {
  const auto sandbox = Make(64 * kMiB);
  ASSERT_EQ(sandbox->OomKills().value(), 0);
  const RunResult result = RunToEnd(*sandbox, {"/var/task/guest", "eat-memory"});
  ASSERT_TRUE(result.exit.has_value());
  EXPECT_EQ(result.exit->signal, SIGKILL);
  EXPECT_EQ(sandbox->OomKills().value(), 1);
}

TEST_P(SandboxLimitsTest, TheSandboxSurvivesAnOutOfMemoryKill) {
  const auto sandbox = Make(64 * kMiB);
  RunToEnd(*sandbox, {"/var/task/guest", "eat-memory"});
  EXPECT_EQ(RunToEnd(*sandbox, {"/var/task/guest", "hello"}).output, "hello\n");
}

TEST_P(SandboxLimitsTest, ThePeakNeverExceedsTheLimit) {
  const auto sandbox = Make(64 * kMiB);
  RunToEnd(*sandbox, {"/var/task/guest", "eat-memory"});
  EXPECT_GT(sandbox->MemoryPeakBytes().value(), 50 * kMiB);
  EXPECT_LE(sandbox->MemoryPeakBytes().value(), 64 * kMiB);
}

TEST_P(SandboxLimitsTest, ThePeakCanBeReset) {
  const auto sandbox = Make(64 * kMiB);
  for (const std::string& group : world_->SandboxCgroups()) {
    struct stat peak;
    const bool read_only = stat((group + "/memory.peak").c_str(), &peak) == 0 && (peak.st_mode & S_IWUSR) == 0;
    if (read_only) GTEST_SKIP() << "cgroup v2 resets the peak since Linux 6.12";
  }
  RunToEnd(*sandbox, {"/var/task/guest", "eat-memory"});
  ASSERT_TRUE(sandbox->ResetMemoryPeak().ok());
  EXPECT_LT(sandbox->MemoryPeakBytes().value(), 20 * kMiB);
}

TEST_P(SandboxLimitsTest, AForkBombStopsAtTheProcessLimit) {
  const auto sandbox = Make();
  ASSERT_TRUE(sandbox->StartRuntime({{"/var/task/guest", "fork-bomb"}, {}}).ok());
  const std::string output = ReadOutputUntil(*sandbox, "\n", seconds(30));
  int children = 0;
  ASSERT_EQ(std::sscanf(output.c_str(), "forked %d", &children), 1) << output;
  EXPECT_GT(children, 100);
  EXPECT_LE(children, 1024);
}

TEST_P(SandboxLimitsTest, KillEndsAForkBombAtOnce) {
  const auto sandbox = Make();
  ASSERT_TRUE(sandbox->StartRuntime({{"/var/task/guest", "fork-bomb"}, {}}).ok());
  ASSERT_NE(ReadOutputUntil(*sandbox, "forked", seconds(30)), "");
  ASSERT_TRUE(sandbox->KillRuntime().ok());
  ASSERT_EQ(AwaitExit(*sandbox).value().signal, SIGKILL);
  EXPECT_EQ(RunToEnd(*sandbox, {"/var/task/guest", "hello"}).output, "hello\n");
}

TEST_P(SandboxLimitsTest, TmpIsAStoreOfItsOwnAndEndsAtItsSize) {
  if (access("/dev/loop-control", F_OK) != 0 || access("/sbin/mke2fs", X_OK) != 0) {
    GTEST_SKIP() << "needs loop devices and e2fsprogs";
  }
  const auto sandbox = Make(128 * kMiB, 512 * kMiB);
  const RunResult result = RunToEnd(*sandbox, {"/var/task/guest", "fill-tmp"});
  int mebibytes = 0;
  int error = 0;
  ASSERT_EQ(std::sscanf(result.output.c_str(), "wrote %d MiB, errno %d", &mebibytes, &error), 2) << result.output;
  EXPECT_GE(mebibytes, 512);
  EXPECT_LE(mebibytes, 524);
  EXPECT_EQ(error, ENOSPC);
  EXPECT_EQ(sandbox->OomKills().value(), 0);
}

TEST_P(SandboxLimitsTest, TmpEndsAtItsNumberOfFiles) {
  const auto sandbox = Make(256 * kMiB, 32 * kMiB);
  const RunResult result = RunToEnd(*sandbox, {"/var/task/guest", "fill-inodes"});
  int files = 0;
  int error = 0;
  ASSERT_EQ(std::sscanf(result.output.c_str(), "made %d files, errno %d", &files, &error), 2) << result.output;
  EXPECT_LE(files, 8192);
  EXPECT_EQ(error, ENOSPC);
}

TEST_P(SandboxLimitsTest, TheCpuShareBoundsAFunction) {
  const auto sandbox = Make(177 * kMiB);  // a tenth of a core: ten lines a second
  ASSERT_TRUE(sandbox->SetCpu(Sandbox::CpuMode::kShare).ok());
  ASSERT_TRUE(sandbox->StartRuntime({{"/var/task/guest", "burn"}, {}}).ok());
  const std::string output = ReadOutput(*sandbox, seconds(1));
  EXPECT_LE(std::count(output.begin(), output.end(), '\n'), 20);
}

TEST_P(SandboxLimitsTest, ABurstIsNotThrottled) {
  const auto sandbox = Make(177 * kMiB);
  ASSERT_TRUE(sandbox->StartRuntime({{"/var/task/guest", "burn"}, {}}).ok());
  ASSERT_TRUE(sandbox->SetCpu(Sandbox::CpuMode::kShare).ok());
  ReadOutput(*sandbox, milliseconds(500));
  const int64_t throttled = ThrottledPeriods();
  EXPECT_GT(throttled, 0);
  ASSERT_TRUE(sandbox->SetCpu(Sandbox::CpuMode::kBurst).ok());
  ReadOutput(*sandbox, milliseconds(500));
  EXPECT_LE(ThrottledPeriods(), throttled + 1);  // the period that was running
}

TEST_P(SandboxLimitsTest, OpenFilesAndCoreDumpsAreLimited) {
  const auto sandbox = Make();
  const RunResult result = RunToEnd(*sandbox, {"/bin/sh", "-c", "ulimit -Hn; ulimit -Hc; ulimit -Sl"});
  EXPECT_EQ(result.output, "1024\n0\n64\n");
}

}  // namespace
}  // namespace hearth::worker
