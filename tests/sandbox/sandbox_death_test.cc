#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "gtest/gtest.h"
#include "tests/sandbox/sandbox_fixture.h"

namespace hearth::worker {
namespace {

using std::chrono::seconds;

class SandboxDeathTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    world_ = std::make_unique<SandboxWorld>("death");
  }

  static std::unique_ptr<Sandbox> MakeSleeping(LauncherClient& client, const SandboxSpec& spec) {
    absl::StatusOr<std::unique_ptr<Sandbox>> sandbox = client.Create(spec);
    if (!sandbox.ok()) return nullptr;
    if (!(*sandbox)->StartRuntime({{"/var/task/guest", "sleep"}, {}}).ok()) return nullptr;
    return ReadOutputUntil(**sandbox, "asleep").empty() ? nullptr : *std::move(sandbox);
  }

  // A worker of its own: a process with a launcher, one running and one frozen sandbox, that then waits to be killed.
  pid_t ForkWorker() {
    int ready[2];
    EXPECT_EQ(pipe(ready), 0);
    const pid_t pid = fork();
    if (pid == 0) {
      const std::unique_ptr<LauncherClient> client = world_->StartLauncher();
      const auto running = MakeSleeping(*client, world_->Spec("running"));
      const auto frozen = MakeSleeping(*client, world_->Spec("frozen"));
      const bool good = running != nullptr && frozen != nullptr && frozen->Freeze().ok();
      const pid_t launcher = client->launcher_pid();
      if (!good || write(ready[1], &launcher, sizeof(launcher)) < 0) _exit(1);
      pause();
      _exit(0);
    }
    close(ready[1]);
    EXPECT_EQ(read(ready[0], &launcher_of_worker_, sizeof(launcher_of_worker_)),
              static_cast<ssize_t>(sizeof(launcher_of_worker_)));
    close(ready[0]);
    return pid;
  }

  std::unique_ptr<SandboxWorld> world_;
  pid_t launcher_of_worker_ = -1;
};

TEST_F(SandboxDeathTest, AnOrderlyEndRemovesEverything) {
  {
    const std::unique_ptr<LauncherClient> client = world_->StartLauncher();
    ASSERT_NE(MakeSleeping(*client, world_->Spec("env-1")), nullptr);
    ASSERT_TRUE(world_->PrefixExists());
  }
  EXPECT_FALSE(world_->PrefixExists());
}

TEST_F(SandboxDeathTest, WhenTheWorkerIsKilledTheLauncherRemovesEverything) {
  const pid_t worker = ForkWorker();
  ASSERT_FALSE(world_->Processes().empty());
  ASSERT_EQ(kill(worker, SIGKILL), 0);
  ASSERT_EQ(waitpid(worker, nullptr, 0), worker);
  EXPECT_TRUE(Eventually(seconds(2), [&] { return !world_->PrefixExists(); }));
  EXPECT_TRUE(world_->Processes().empty());
  EXPECT_TRUE(Eventually(seconds(2), [&] { return !ProcessExists(launcher_of_worker_); }));
}

TEST_F(SandboxDeathTest, WhenTheLauncherIsKilledItsSandboxesDieWithIt) {
  const std::unique_ptr<LauncherClient> client = world_->StartLauncher();
  const auto running = MakeSleeping(*client, world_->Spec("running"));
  ASSERT_NE(running, nullptr);
  ASSERT_EQ(kill(client->launcher_pid(), SIGKILL), 0);
  EXPECT_TRUE(Eventually(seconds(2), [&] { return world_->Processes().empty(); }));
  EXPECT_EQ(AwaitExit(*running).value().signal, SIGKILL);
}

TEST_F(SandboxDeathTest, AFrozenSandboxOfADeadLauncherDiesWhenTheWorkerLetsGo) {
  const std::unique_ptr<LauncherClient> client = world_->StartLauncher();
  auto frozen = MakeSleeping(*client, world_->Spec("frozen"));
  ASSERT_NE(frozen, nullptr);
  ASSERT_TRUE(frozen->Freeze().ok());
  ASSERT_EQ(kill(client->launcher_pid(), SIGKILL), 0);
  pollfd wait{client->death_notice(), POLLIN, 0};
  ASSERT_EQ(poll(&wait, 1, 2000), 1);
  frozen.reset();
  EXPECT_TRUE(Eventually(seconds(2), [&] { return world_->Processes().empty(); }));
}

TEST_F(SandboxDeathTest, TheDeathOfTheLauncherIsNoticedAndReported) {
  const std::unique_ptr<LauncherClient> client = world_->StartLauncher();
  pollfd wait{client->death_notice(), POLLIN, 0};
  EXPECT_EQ(poll(&wait, 1, 0), 0);
  ASSERT_EQ(kill(client->launcher_pid(), SIGKILL), 0);
  EXPECT_EQ(poll(&wait, 1, 2000), 1);
  EXPECT_TRUE(absl::IsUnavailable(client->Create(world_->Spec("env-1")).status()));
}

TEST_F(SandboxDeathTest, WhenBothAreKilledTheNextStartRemovesWhatIsLeft) {
  const pid_t worker = ForkWorker();
  // The frozen sandbox cannot die by the parent-death signal alone; nobody is left to thaw it.
  ASSERT_EQ(kill(worker, SIGSTOP), 0);
  ASSERT_EQ(kill(launcher_of_worker_, SIGKILL), 0);
  ASSERT_EQ(kill(worker, SIGKILL), 0);
  ASSERT_EQ(waitpid(worker, nullptr, 0), worker);
  ASSERT_TRUE(world_->PrefixExists());
  const auto before = std::chrono::steady_clock::now();
  const std::unique_ptr<LauncherClient> client = world_->StartLauncher();
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(2));
  EXPECT_TRUE(world_->SandboxCgroups().empty());
  EXPECT_TRUE(world_->Processes().empty());
}

TEST_F(SandboxDeathTest, AWorkerRestartedAtOnceTakesOverThePrefix) {
  for (int round = 0; round < 5; ++round) {
    const pid_t worker = ForkWorker();
    ASSERT_EQ(kill(worker, SIGKILL), 0);
    // Its launcher is still cleaning up.
    const absl::StatusOr<std::unique_ptr<LauncherClient>> next = LauncherClient::Start(world_->Options());
    ASSERT_TRUE(next.ok()) << next.status();
    EXPECT_NE(MakeSleeping(**next, world_->Spec("running")), nullptr);
    ASSERT_EQ(waitpid(worker, nullptr, 0), worker);
  }
}

TEST_F(SandboxDeathTest, TwoLaunchersCannotShareAPrefix) {
  const std::unique_ptr<LauncherClient> first = world_->StartLauncher();
  const auto sandbox = MakeSleeping(*first, world_->Spec("env-1"));
  EXPECT_FALSE(LauncherClient::Start(world_->Options()).ok());
  EXPECT_FALSE(world_->Processes().empty());
}

TEST_F(SandboxDeathTest, AnotherProgramIsNotMistakenForALauncher) {
  LauncherOptions options = world_->Options();
  options.launcher_binary = "/bin/false";
  EXPECT_TRUE(absl::IsUnavailable(LauncherClient::Start(options).status()));
}

}  // namespace
}  // namespace hearth::worker
