#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "gtest/gtest.h"
#include "tests/sandbox/sandbox_fixture.h"

namespace hearth::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SandboxLifeTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    world_ = std::make_unique<SandboxWorld>("life");
    client_ = world_->StartLauncher();
  }

  std::unique_ptr<Sandbox> Make(const std::string& id = "env-1") {
    absl::StatusOr<std::unique_ptr<Sandbox>> sandbox = client_->Create(world_->Spec(id));
    EXPECT_TRUE(sandbox.ok()) << sandbox.status();
    return sandbox.ok() ? *std::move(sandbox) : nullptr;
  }

  std::unique_ptr<SandboxWorld> world_;
  std::unique_ptr<LauncherClient> client_;
};

TEST_F(SandboxLifeTest, ReportsTheExitCode) {
  const auto sandbox = Make();
  const RunResult result = RunToEnd(*sandbox, {"/var/task/guest", "exit", "42"});
  ASSERT_TRUE(result.exit.has_value()) << result.output;
  EXPECT_EQ(result.exit->exit_code, 42);
  EXPECT_EQ(result.exit->generation, 1);
}

TEST_F(SandboxLifeTest, ReportsTheSignal) {
  const auto sandbox = Make();
  const RunResult result = RunToEnd(*sandbox, {"/var/task/guest", "signal", "11"});
  ASSERT_TRUE(result.exit.has_value());
  EXPECT_EQ(result.exit->signal, SIGSEGV);
}

TEST_F(SandboxLifeTest, ReportsWhyAProgramCouldNotBeExecuted) {
  const auto sandbox = Make();
  const RunResult result = RunToEnd(*sandbox, {"/var/task/bootstrap"});
  ASSERT_TRUE(result.exit.has_value());
  EXPECT_EQ(result.exit->exit_code, 127);
  EXPECT_EQ(result.exit->exec_errno, ENOENT);
}

TEST_F(SandboxLifeTest, ReportsAWorkingDirectoryThatIsNotThere) {
  const auto sandbox = Make();
  ASSERT_TRUE(sandbox->StartRuntime({{"/var/task/guest", "exit", "0"}, {}, "/nowhere"}).ok());
  EXPECT_EQ(AwaitExit(*sandbox).value().exec_errno, ENOENT);
}

TEST_F(SandboxLifeTest, APlainExit127IsNotAFailedExec) {
  const auto sandbox = Make();
  const RunResult result = RunToEnd(*sandbox, {"/var/task/guest", "exit", "127"});
  ASSERT_TRUE(result.exit.has_value());
  EXPECT_EQ(result.exit->exec_errno, 0);
}

TEST_F(SandboxLifeTest, PassesOnlyTheGivenEnvironmentAndDirectory) {
  const auto sandbox = Make();
  const RunResult result = RunToEnd(*sandbox, {"/var/task/guest", "environment"}, {"A=1", "B=two words"});
  EXPECT_EQ(result.output, "cwd=/var/task\nA=1\nB=two words\n");
}

TEST_F(SandboxLifeTest, PassesAQuarterMegabyteOfEnvironment) {
  const auto sandbox = Make();
  std::vector<std::string> environment;
  for (int i = 0; i < 3; ++i) environment.push_back("V" + std::to_string(i) + "=" + std::string(80'000, 'x'));
  const RunResult result = RunToEnd(*sandbox, {"/var/task/guest", "environment"}, environment);
  EXPECT_GT(result.output.size(), 240'000u);
}

TEST_F(SandboxLifeTest, HandsDownFourDescriptorsAndNoOther) {
  const auto sandbox = Make();
  EXPECT_EQ(RunToEnd(*sandbox, {"/var/task/guest", "descriptors"}).output, "0 1 2 62 \n");
}

TEST_F(SandboxLifeTest, OpeningDevStdoutWorks) {
  const auto sandbox = Make();
  EXPECT_EQ(RunToEnd(*sandbox, {"/var/task/guest", "dev-stdout"}).output, "through the link\n");
}

TEST_F(SandboxLifeTest, TheTelemetryPipeIsDescriptor62) {
  const auto sandbox = Make();
  ASSERT_EQ(RunToEnd(*sandbox, {"/var/task/guest", "telemetry"}).exit.value().exit_code, 0);
  char record[16];
  EXPECT_EQ(read(sandbox->telemetry_pipe(), record, sizeof(record)), 6);
}

TEST_F(SandboxLifeTest, TmpIsKeptWhenTheRuntimeStartsAgain) {
  const auto sandbox = Make();
  ASSERT_EQ(RunToEnd(*sandbox, {"/var/task/guest", "write-tmp"}).exit.value().exit_code, 0);
  const RunResult second = RunToEnd(*sandbox, {"/var/task/guest", "read-tmp"});
  ASSERT_TRUE(second.exit.has_value());
  EXPECT_EQ(second.exit->exit_code, 0);
  EXPECT_EQ(second.exit->generation, 2);
}

TEST_F(SandboxLifeTest, TmpIsNotSharedBetweenSandboxes) {
  const auto first = Make("env-1");
  const auto second = Make("env-2");
  ASSERT_EQ(RunToEnd(*first, {"/var/task/guest", "write-tmp"}).exit.value().exit_code, 0);
  EXPECT_EQ(RunToEnd(*second, {"/var/task/guest", "read-tmp"}).exit.value().exit_code, 1);
}

TEST_F(SandboxLifeTest, TerminateReachesTheRuntime) {
  const auto sandbox = Make();
  ASSERT_TRUE(sandbox->StartRuntime({{"/var/task/guest", "sleep"}, {}}).ok());
  ASSERT_NE(ReadOutputUntil(*sandbox, "asleep"), "");
  ASSERT_TRUE(sandbox->TerminateRuntime().ok());
  EXPECT_EQ(AwaitExit(*sandbox).value().signal, SIGTERM);
}

TEST_F(SandboxLifeTest, KillEndsARuntimeThatIgnoresSigterm) {
  const auto sandbox = Make();
  ASSERT_TRUE(sandbox->StartRuntime({{"/var/task/guest", "ignore-term"}, {}}).ok());
  ASSERT_NE(ReadOutputUntil(*sandbox, "asleep"), "");
  ASSERT_TRUE(sandbox->TerminateRuntime().ok());
  EXPECT_FALSE(AwaitExit(*sandbox, milliseconds(100)).has_value());
  ASSERT_TRUE(sandbox->KillRuntime().ok());
  EXPECT_EQ(AwaitExit(*sandbox).value().signal, SIGKILL);
}

TEST_F(SandboxLifeTest, KillEndsAFrozenRuntime) {
  const auto sandbox = Make();
  ASSERT_TRUE(sandbox->StartRuntime({{"/var/task/guest", "sleep"}, {}}).ok());
  ASSERT_NE(ReadOutputUntil(*sandbox, "asleep"), "");
  ASSERT_TRUE(sandbox->Freeze().ok());
  ASSERT_TRUE(sandbox->KillRuntime().ok());
  EXPECT_EQ(AwaitExit(*sandbox).value().signal, SIGKILL);
}

TEST_F(SandboxLifeTest, AFrozenRuntimeStandsStillUntilThawed) {
  const auto sandbox = Make();
  ASSERT_TRUE(sandbox->StartRuntime({{"/var/task/guest", "ticks"}, {}}).ok());
  ASSERT_NE(ReadOutputUntil(*sandbox, "tick 3"), "");
  ASSERT_TRUE(sandbox->Freeze().ok());
  ReadOutput(*sandbox, milliseconds(100));
  EXPECT_EQ(ReadOutput(*sandbox, milliseconds(200)), "");
  ASSERT_TRUE(sandbox->Thaw().ok());
  EXPECT_NE(ReadOutputUntil(*sandbox, "tick"), "");
}

TEST_F(SandboxLifeTest, OrphansAreReaped) {
  const auto sandbox = Make();
  ASSERT_EQ(RunToEnd(*sandbox, {"/var/task/guest", "orphans"}).exit.value().exit_code, 0);
  // Zombies would stay in the pids group; each hierarchy lists hearth-init alone when all are reaped.
  EXPECT_TRUE(Eventually(seconds(2), [&] {
    const std::vector<int> all = world_->Processes();
    return std::set<int>(all.begin(), all.end()).size() == 1;
  }));
}

TEST_F(SandboxLifeTest, TheRuntimeApiIsReachableOnLoopback) {
  const auto sandbox = Make();
  const RuntimeCommand command{{"/bin/bash", "-c", "exec 5<>/dev/tcp/127.0.0.1/9001 && echo GET >&5 && cat <&5"}, {}};
  ASSERT_TRUE(sandbox->StartRuntime(command).ok());
  pollfd wait{sandbox->runtime_api_listener(), POLLIN, 0};
  ASSERT_EQ(poll(&wait, 1, 5000), 1);
  const UniqueFd connection(accept(sandbox->runtime_api_listener(), nullptr, nullptr));
  ASSERT_TRUE(connection.valid());
  char request[16];
  ASSERT_EQ(read(connection.get(), request, sizeof(request)), 4);
  ASSERT_EQ(write(connection.get(), "event\n", 6), 6);
  EXPECT_NE(ReadOutputUntil(*sandbox, "event"), "");
}

TEST_F(SandboxLifeTest, TwoSandboxesOfOneIdAreRefused) {
  const auto first = Make("env-1");
  EXPECT_TRUE(absl::IsAlreadyExists(client_->Create(world_->Spec("env-1")).status()));
  EXPECT_EQ(RunToEnd(*first, {"/var/task/guest", "exit", "0"}).exit.value().exit_code, 0);
}

TEST_F(SandboxLifeTest, CodeOutsideTheAllowedRootIsRefused) {
  SandboxSpec spec = world_->Spec("env-1");
  spec.task_directory = "/etc/ssl";
  EXPECT_TRUE(absl::IsPermissionDenied(client_->Create(spec).status()));
  EXPECT_TRUE(world_->SandboxCgroups().empty());
}

TEST_F(SandboxLifeTest, CodeBehindASymlinkIsRefused) {
  std::filesystem::create_directory_symlink("/etc", world_->data_directory() + "/link");
  SandboxSpec spec = world_->Spec("env-1");
  spec.task_directory = world_->data_directory() + "/link/ssl";
  EXPECT_TRUE(absl::IsPermissionDenied(client_->Create(spec).status()));
}

TEST_F(SandboxLifeTest, TheRuntimeDirectoryIsBoundReadOnly) {
  const std::string runtime = world_->data_directory() + "/runtime";
  std::filesystem::create_directories(runtime);
  std::ofstream(runtime + "/marker") << "runtime files";
  SandboxSpec spec = world_->Spec("env-1");
  spec.runtime_directory = runtime;
  const auto sandbox = client_->Create(spec).value();
  const RunResult result =
      RunToEnd(*sandbox, {"/bin/sh", "-c", "cat /var/runtime/marker; touch /var/runtime/x 2>/dev/null || echo -ro"});
  EXPECT_EQ(result.output, "runtime files-ro\n");
}

TEST_F(SandboxLifeTest, ManyThreadsMayCreateAtOnce) {
  std::vector<std::unique_ptr<Sandbox>> sandboxes(8);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] { sandboxes[i] = Make("env-" + std::to_string(i)); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& sandbox : sandboxes) {
    ASSERT_NE(sandbox, nullptr);
    EXPECT_EQ(RunToEnd(*sandbox, {"/var/task/guest", "hello"}).output, "hello\n");
  }
}

TEST_F(SandboxLifeTest, EachSandboxHasAHostUidOfItsOwn) {
  const auto first = Make("env-1");
  const auto second = Make("env-2");
  const auto uid_line = [](Sandbox& sandbox) {
    const std::string status = RunToEnd(sandbox, {"/var/task/guest", "status"}).output;
    const size_t at = status.find("Uid:");
    return status.substr(at, status.find('\n', at) - at);
  };
  EXPECT_NE(uid_line(*first), uid_line(*second));
}

TEST_F(SandboxLifeTest, FiftyLivesLeaveNothingBehind) {
  const auto count = [](const std::string& path) {
    std::ifstream file(path);
    return std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n');
  };
  const std::string launcher = "/proc/" + std::to_string(client_->launcher_pid());
  const auto open_files = [&] {
    return std::distance(std::filesystem::directory_iterator(launcher + "/fd"), std::filesystem::directory_iterator());
  };
  poll(nullptr, 0, 500);  // the launcher stocks the volumes of /tmp it keeps ready
  const auto files_of_launcher = open_files();
  const auto mounts_of_host = count("/proc/self/mountinfo");
  const auto mounts_of_launcher = count(launcher + "/mountinfo");
  for (int i = 0; i < 50; ++i) {
    const auto sandbox = Make("env-" + std::to_string(i));
    ASSERT_EQ(RunToEnd(*sandbox, {"/var/task/guest", "hello"}).output, "hello\n");
  }
  EXPECT_TRUE(Eventually(seconds(5), [&] { return world_->SandboxCgroups().empty(); }));
  EXPECT_TRUE(world_->Processes().empty());
  EXPECT_EQ(count("/proc/self/mountinfo"), mounts_of_host);
  EXPECT_EQ(count(launcher + "/mountinfo"), mounts_of_launcher);
  EXPECT_TRUE(Eventually(seconds(5), [&] { return open_files() == files_of_launcher; }));
}

}  // namespace
}  // namespace hearth::worker
