// What is left to answer when the sandbox itself ends or is taken away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/environments/environment_test_support.h"

namespace hearth::worker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(EnvironmentTest, TheRunningInvocationOfAnAbortedEnvironmentIsAFailureOfThePlatform) {
  BeginIdle();
  Invoke();
  environment_->Abort(node::EnvironmentGone::STOPPED, "");
  EXPECT_THAT(events_.log, ElementsAre("result", "closed"));
  EXPECT_EQ(result().outcome(), node::InvocationResult::PLATFORM_FAILURE);
}

TEST_F(EnvironmentTest, ARuntimeThatEndsWithItsSandboxIsAFailureOfThePlatform) {
  BeginIdle();
  Invoke();
  EndWithSandbox();
  EXPECT_THAT(events_.log, ElementsAre("result", "closed"));
  EXPECT_EQ(result().outcome(), node::InvocationResult::PLATFORM_FAILURE);
}

TEST_F(EnvironmentTest, ASandboxThatEndedForWantOfMemoryIsTheFunctionsError) {
  BeginIdle();
  Invoke();
  sandbox().oom_kills = 2;
  EndWithSandbox();
  EXPECT_EQ(result().outcome(), node::InvocationResult::FUNCTION_ERROR);
  EXPECT_THAT(result().payload(), HasSubstr("Runtime.OutOfMemory"));
}

TEST_F(EnvironmentTest, AnIdleEnvironmentWhoseSandboxEndedIsClosed) {
  BeginIdle();
  EndWithSandbox();
  EXPECT_THAT(events_.log, ElementsAre("closed"));
}

}  // namespace
}  // namespace hearth::worker
