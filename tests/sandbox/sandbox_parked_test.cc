// A sandbox that is parked first: what it is given, once, and that nothing of it stays. What it holds is tested with
// the others, which are made both ways.
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"
#include "tests/sandbox/sandbox_fixture.h"

namespace hearth::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SandboxParkedTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    world_ = std::make_unique<SandboxWorld>("parked");
    client_ = world_->StartLauncher();
  }
  std::unique_ptr<Sandbox> Park(const std::string& id = "env-1") {
    return ParkSandbox(*client_, world_->Spec(id)).value();
  }
  // The code of another function: one file.
  std::string OtherCode() const {
    const std::string directory = world_->data_directory() + "/code/other";
    std::filesystem::create_directories(directory);
    std::ofstream(directory + "/other") << "x";
    return directory;
  }

  std::unique_ptr<SandboxWorld> world_;
  std::unique_ptr<LauncherClient> client_;
};

TEST_F(SandboxParkedTest, WhatRunsAlreadySeesTheCodeAndTheLayersItIsGiven) {
  const auto sandbox = Park();
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  RuntimeCommand command{{"/bin/bash", "-c",
                          "echo before: $(ls /var/task/lib /opt/lib); read word <&61; echo $word; "
                          "ls /var/task /opt"},
                         {},
                         "/",
                         theirs.get()};
  ASSERT_TRUE(sandbox->StartRuntime(command).ok());
  ASSERT_NE(ReadOutputUntil(*sandbox, "before: /opt/lib: /var/task/lib:\n"), "");
  SandboxSpec spec = world_->Spec("env-1");
  spec.layer_directories = {OtherCode()};
  ASSERT_EQ(client_->Assign(*sandbox, spec), absl::OkStatus());
  ASSERT_EQ(write(ours.get(), "go\n", 3), 3);
  EXPECT_EQ(ReadOutput(*sandbox, milliseconds(500)), "go\n/opt:\nother\n\n/var/task:\nescape-probe\nguest\n");
}

TEST_F(SandboxParkedTest, OptIsEmptyWithoutLayers) {
  const auto sandbox = Park();
  ASSERT_EQ(client_->Assign(*sandbox, world_->Spec("env-1")), absl::OkStatus());
  EXPECT_EQ(RunToEnd(*sandbox, {"/bin/ls", "-a", "/opt"}).output, ".\n..\n");
}

TEST_F(SandboxParkedTest, AFunctionIsGivenOnce) {
  const auto sandbox = Park();
  ASSERT_EQ(client_->Assign(*sandbox, world_->Spec("env-1")), absl::OkStatus());
  SandboxSpec other = world_->Spec("env-1");
  other.task_directory = OtherCode();
  EXPECT_EQ(client_->Assign(*sandbox, other).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(RunToEnd(*sandbox, {"/bin/ls", "/var/task"}).output, "escape-probe\nguest\n");
}

TEST_F(SandboxParkedTest, ASandboxThatHasAFunctionTakesNoOther) {
  const auto sandbox = client_->Create(world_->Spec("env-1")).value();
  EXPECT_EQ(client_->Assign(*sandbox, world_->Spec("env-1")).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SandboxParkedTest, CodeFromOutsideTheRootsIsRefusedAndTheChanceIsGone) {
  const auto sandbox = Park();
  SandboxSpec spec = world_->Spec("env-1");
  spec.task_directory = "/etc/ssl";
  EXPECT_EQ(client_->Assign(*sandbox, spec).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(client_->Assign(*sandbox, world_->Spec("env-1")).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SandboxParkedTest, OneThatEndsLeavesNothingBehind) {
  auto sandbox = Park();
  ASSERT_FALSE(world_->SandboxCgroups().empty());
  sandbox.reset();
  EXPECT_TRUE(Eventually(seconds(5), [this] { return world_->SandboxCgroups().empty(); }));
}

TEST_F(SandboxParkedTest, AssigningOneThatHasEndedIsAnError) {
  auto sandbox = Park();
  SandboxSpec spec = world_->Spec("env-1");
  spec.id = "env-2";
  EXPECT_EQ(client_->Assign(*sandbox, spec).code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace hearth::worker
