#include "worker/environments/parked/parked_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "worker/environments/fake_sandbox.h"

namespace hearth::worker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class ParkedEnvironmentTest : public testing::Test {
 protected:
  ParkedEnvironment ParkOne(const ParkedKind& kind) {
    return Park(kind, "parked-1", "/runtimes", factory_, clock_).value();
  }
  FakeSandboxState& sandbox() { return *factory_.made.back(); }
  // What the runtime reads until the end of its assignment.
  std::string Received() {
    std::string all;
    char bytes[4096];
    for (ssize_t size; (size = recv(sandbox().assignment.get(), bytes, sizeof(bytes), 0)) > 0;) {
      all.append(bytes, static_cast<size_t>(size));
    }
    return all;
  }

  FakeClock clock_;
  FakeSandboxFactory factory_;
};

TEST_F(ParkedEnvironmentTest, ASandboxIsMadeWithoutCodeAndItsRuntimeBootedWithoutAFunctionsVariables) {
  ParkOne({"node", 256});
  EXPECT_TRUE(sandbox().spec.parked);
  EXPECT_EQ(sandbox().spec.task_directory, "");
  EXPECT_EQ(sandbox().spec.runtime_directory, "/runtimes/node");
  EXPECT_EQ(sandbox().started.at(0).working_directory, "/");
  EXPECT_THAT(sandbox().started.at(0).environment, Contains("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256"));
  EXPECT_THAT(sandbox().started.at(0).environment, Contains("_HEARTH_ASSIGNMENT_FD=61"));
}

TEST_F(ParkedEnvironmentTest, ASandboxAloneStartsNothing) {
  const ParkedEnvironment parked = ParkOne({});
  EXPECT_THAT(sandbox().started, IsEmpty());
  EXPECT_FALSE(parked.assignment.valid());
}

TEST_F(ParkedEnvironmentTest, TheFunctionTakesTheParkedSandboxsNameAndKeepsItsRuntime) {
  ParkedEnvironment parked = ParkOne({"python", 0});
  SandboxSpec function;
  function.id = "env-1";
  function.task_directory = "/code";
  function.runtime_directory = "/runtimes/python";
  ASSERT_EQ(AssignFunction(parked, function, factory_), absl::OkStatus());
  EXPECT_EQ(factory_.assigned.at(0).id, "parked-1");
  EXPECT_EQ(factory_.assigned.at(0).task_directory, "/code");
  EXPECT_EQ(factory_.assigned.at(0).runtime_directory, "");
}

TEST_F(ParkedEnvironmentTest, OneThatEndedTakesNoFunction) {
  ParkedEnvironment parked = ParkOne({"python", 0});
  sandbox().ExitBySignal(9);
  EXPECT_TRUE(absl::IsFailedPrecondition(AssignFunction(parked, {}, factory_)));
  EXPECT_THAT(factory_.assigned, IsEmpty());
}

TEST_F(ParkedEnvironmentTest, TheBootedRuntimeGetsTheVariablesAndTheEndOfThem) {
  ParkedEnvironment parked = ParkOne({"python", 0});
  clock_.Advance(std::chrono::seconds(5));
  const RuntimeStart start = BeginRuntime(parked, {{"/var/runtime/bootstrap"}, {"A=1", "B=2\n"}}, clock_);
  EXPECT_EQ(start.status, absl::OkStatus());
  EXPECT_EQ(start.generation, 1);
  EXPECT_EQ(start.started_at, clock_.Monotonic());  // not when it booted
  EXPECT_EQ(Received(), std::string("A=1\0B=2\n\0", 9));
}

TEST_F(ParkedEnvironmentTest, ARuntimeThatIsGoneIsAnError) {
  ParkedEnvironment parked = ParkOne({"python", 0});
  sandbox().assignment.reset();
  EXPECT_FALSE(BeginRuntime(parked, {{"/var/runtime/bootstrap"}, {"A=1"}}, clock_).status.ok());
}

TEST_F(ParkedEnvironmentTest, ASandboxAloneStartsTheRuntimeWhenItHasAFunction) {
  ParkedEnvironment parked = ParkOne({});
  BeginRuntime(parked, {{"/var/task/bootstrap"}, {"A=1"}}, clock_);
  EXPECT_THAT(sandbox().started.at(0).arguments, ElementsAre("/var/task/bootstrap"));
  EXPECT_THAT(sandbox().started.at(0).environment, ElementsAre("A=1"));
}

}  // namespace
}  // namespace hearth::worker
