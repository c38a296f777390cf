#include "worker/sandbox/channel/launched_sandbox.h"

#include <fcntl.h>
#include <unistd.h>

#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "gtest/gtest.h"
#include "proto/launcher.pb.h"
#include "worker/sandbox/channel/fd_passing.h"
#include "worker/sandbox/channel/init_protocol.h"

namespace hearth::worker {
namespace {

UniqueFd EmptyFile() { return UniqueFd(memfd_create("file", MFD_CLOEXEC)); }

// The test plays hearth-init and the launcher.
class LaunchedSandboxTest : public testing::Test {
 protected:
  LaunchedSandboxTest() {
    auto control = MakePacketPair().value();
    auto launcher = MakePacketPair().value();
    init_ = std::move(control.second);
    launcher_ = std::move(launcher.second);
    CgroupFiles files{EmptyFile(), EmptyFile(), EmptyFile(), EmptyFile()};
    sandbox_ = std::make_unique<LaunchedSandbox>(LaunchedSandbox::Parts{
        "env-1", std::move(control.first), EmptyFile(), EmptyFile(), EmptyFile(),
        CgroupHandle(1, std::move(files), 128 << 20), std::make_shared<const UniqueFd>(std::move(launcher.first)),
        UniqueFd(open(testing::TempDir().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))});
  }

  InitCommand NextCommand(std::string* block = nullptr) {
    const Packet packet = ReceivePacket(init_.get()).value().value();
    InitCommand command{};
    EXPECT_EQ(packet.bytes.size(), sizeof(command));
    memcpy(&command, packet.bytes.data(), sizeof(command));
    if (block != nullptr && !packet.descriptors.empty()) {
      block->resize(command.block_bytes);
      EXPECT_EQ(pread(packet.descriptors[0].get(), block->data(), block->size(), 0),
                static_cast<ssize_t>(block->size()));
    }
    return command;
  }
  void Report(const InitEvent& event) {
    EXPECT_TRUE(SendPacket(init_.get(), {reinterpret_cast<const char*>(&event), sizeof(event)}).ok());
  }

  UniqueFd init_;
  UniqueFd launcher_;
  std::unique_ptr<LaunchedSandbox> sandbox_;
};

TEST_F(LaunchedSandboxTest, ReplacesTheIdentityTokenAsAWhole) {
  const std::string path = testing::TempDir() + "identity-token";
  ASSERT_TRUE(sandbox_->WriteIdentityToken("a first and longer one").ok());
  const UniqueFd reader(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(sandbox_->WriteIdentityToken("a second").ok());
  const auto text_of = [](int file) {
    char text[64];
    const ssize_t size = pread(file, text, sizeof(text), 0);
    return std::string(text, static_cast<size_t>(size));
  };
  EXPECT_EQ(text_of(reader.get()), "a first and longer one");
  EXPECT_EQ(text_of(UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC)).get()), "a second");
  unlink(path.c_str());
}

TEST_F(LaunchedSandboxTest, AStartCarriesDirectoryArgumentsAndEnvironmentInOrder) {
  ASSERT_EQ(sandbox_->StartRuntime({{"/bin/x", "-v"}, {"A=1"}, "/var/task"}).value(), 1);
  std::string block;
  const InitCommand command = NextCommand(&block);
  EXPECT_EQ(command.argument_count, 2u);
  EXPECT_EQ(block, std::string("/var/task\0/bin/x\0-v\0A=1\0", 24));
}

TEST_F(LaunchedSandboxTest, AnAssignmentSocketTravelsBesideTheStartBlock) {
  const UniqueFd socket = EmptyFile();
  RuntimeCommand command{{"/bin/x"}, {}};
  ASSERT_TRUE(sandbox_->StartRuntime(command).ok());
  EXPECT_EQ(ReceivePacket(init_.get()).value()->descriptors.size(), 1U);
  Report({1, 0, 0, 0});
  sandbox_->ReadRuntimeExit();
  command.assignment = socket.get();
  ASSERT_TRUE(sandbox_->StartRuntime(command).ok());
  EXPECT_EQ(ReceivePacket(init_.get()).value()->descriptors.size(), 2U);
}

TEST_F(LaunchedSandboxTest, ASecondStartWaitsForTheFirstExitToBeRead) {
  ASSERT_TRUE(sandbox_->StartRuntime({{"/bin/x"}, {}}).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(sandbox_->StartRuntime({{"/bin/x"}, {}}).status()));
  Report({1, 0, 0, 0});
  ASSERT_TRUE(sandbox_->ReadRuntimeExit().has_value());
  EXPECT_EQ(sandbox_->StartRuntime({{"/bin/x"}, {}}).value(), 2);
}

TEST_F(LaunchedSandboxTest, ASignalIsNotAnExitCode) {
  ASSERT_TRUE(sandbox_->StartRuntime({{"/bin/x"}, {}}).ok());
  Report({1, -1, SIGSEGV, 0});
  const RuntimeExit exit = sandbox_->ReadRuntimeExit().value();
  EXPECT_FALSE(exit.exit_code.has_value());
  EXPECT_EQ(exit.signal, SIGSEGV);
}

TEST_F(LaunchedSandboxTest, ReadingWithoutNewsDoesNotBlock) { EXPECT_FALSE(sandbox_->ReadRuntimeExit().has_value()); }

TEST_F(LaunchedSandboxTest, TheDeathOfInitIsTheDeathOfTheRuntimeOnce) {
  ASSERT_TRUE(sandbox_->StartRuntime({{"/bin/x"}, {}}).ok());
  init_.reset();
  const RuntimeExit exit = sandbox_->ReadRuntimeExit().value();
  EXPECT_EQ(exit.signal, SIGKILL);
  EXPECT_TRUE(exit.with_sandbox);
  EXPECT_FALSE(sandbox_->ReadRuntimeExit().has_value());
  EXPECT_TRUE(absl::IsUnavailable(sandbox_->StartRuntime({{"/bin/x"}, {}}).status()));
}

TEST_F(LaunchedSandboxTest, AfterTheDeathOfInitTheNoticeIsQuiet) {
  init_.reset();
  EXPECT_FALSE(sandbox_->ReadRuntimeExit().has_value());
  pollfd wait{sandbox_->exit_notice(), POLLIN, 0};
  EXPECT_EQ(poll(&wait, 1, 0), 0);
}

TEST_F(LaunchedSandboxTest, RefusesStringsAZeroByteWouldCut) {
  EXPECT_TRUE(absl::IsInvalidArgument(sandbox_->StartRuntime({{std::string("a\0b", 3)}, {}}).status()));
}

TEST_F(LaunchedSandboxTest, RefusesAnEnvironmentBeyondItsLimit) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      sandbox_->StartRuntime({{"/bin/x"}, {"A=" + std::string(kMaxStartBytes, 'x')}}).status()));
}

TEST_F(LaunchedSandboxTest, ItsEndAsksTheLauncherToDestroyIt) {
  sandbox_.reset();
  launcher::Request request;
  ASSERT_TRUE(request.ParseFromString(ReceivePacket(launcher_.get()).value().value().bytes));
  EXPECT_EQ(request.destroy().id(), "env-1");
}

}  // namespace
}  // namespace hearth::worker
