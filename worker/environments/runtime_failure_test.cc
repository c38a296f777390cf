#include "worker/environments/runtime_failure.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace hearth::worker {
namespace {

TEST(RuntimeFailureTest, SaysWhyABootstrapCouldNotBeExecuted) {
  RuntimeExit exit;
  exit.exit_code = 127;
  exit.exec_errno = ENOEXEC;
  const RuntimeFailure failure = Exited(exit, false, "/var/task/bootstrap");
  EXPECT_EQ(failure.Payload("id-1"),
            "{\"errorType\":\"Runtime.InvalidEntrypoint\",\"errorMessage\":\"RequestId: id-1 "
            "Error: fork/exec /var/task/bootstrap: exec format error\"}");
}

TEST(RuntimeFailureTest, TellsABootstrapsOwn127FromOneThatNeverRan) {
  RuntimeExit exit;
  exit.exit_code = 127;
  EXPECT_EQ(Exited(exit, false, "/var/task/bootstrap").message, "Runtime exited with error: exit status 127");
}

TEST(RuntimeFailureTest, HandsOnTheRuntimesOwnWords) {
  RuntimeAnswer answer;
  answer.body = "{\"errorType\":\"X\"}";
  answer.error_type = "Runtime.X";
  EXPECT_EQ(InitErrorPosted(answer).Payload("id-1"), "{\"errorType\":\"X\"}");
  answer.body.clear();
  EXPECT_EQ(InitErrorPosted(answer).Payload("id-1"),
            "{\"errorType\":\"Runtime.X\",\"errorMessage\":\"RequestId: id-1 Error: Runtime failed to initialize\"}");
}

}  // namespace
}  // namespace hearth::worker
