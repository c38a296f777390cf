#include "worker/environments/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/environments/environment_test_support.h"

namespace hearth::worker {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// ---- INIT ----

TEST_F(EnvironmentTest, IsReadyWhenTheRuntimeAsksForItsFirstEvent) {
  Begin();
  EXPECT_TRUE(sandbox().burst);
  loop_.Advance(112940us);
  api_.Next();
  EXPECT_THAT(events_.log, ElementsAre("ready"));
  EXPECT_EQ(events_.init_duration, 112940us);
  EXPECT_FALSE(sandbox().burst);
}

TEST_F(EnvironmentTest, GivesUpAnInitOfTenSecondsAndLogsIt) {
  Begin();
  loop_.Advance(10s);
  EXPECT_THAT(events_.log, ElementsAre("init failed"));
  EXPECT_EQ(sandbox().kills, 1);
  EXPECT_EQ(shipper_.text,
            "INIT_START Runtime Version: python:3.12.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:00\n"
            "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout\n");
}

TEST_F(EnvironmentTest, AProvisionedInitMayTakeLonger) {
  spec_.set_provisioned(true);
  Begin();
  loop_.Advance(129s);
  EXPECT_THAT(events_.log, IsEmpty());
  loop_.Advance(1s);
  EXPECT_THAT(events_.log, ElementsAre("init failed"));
}

TEST_F(EnvironmentTest, AProvisionedInitIsNoPartOfTheFirstInvocation) {
  spec_.set_provisioned(true);
  BeginIdle();
  Invoke(/*want_tail=*/true);
  api_.Respond(kId, "1");
  api_.Next();
  loop_.Run();
  EXPECT_THAT(result().log_tail(), Not(HasSubstr("Init Duration")));
  EXPECT_EQ(result().init_duration_us(), 0);
}

TEST_F(EnvironmentTest, AProvisionedEnvironmentEndsWhenItsRuntimeEndsUnused) {
  spec_.set_provisioned(true);
  const FakeReply next = BeginIdle();
  sandbox().ExitBySignal(9);
  loop_.Run();
  EXPECT_EQ(events_.closed, node::EnvironmentGone::FAILED);
}

TEST_F(EnvironmentTest, ReportsAnInitThatExited) {
  Begin();
  loop_.Advance(500us);
  sandbox().ExitWith(1);
  loop_.Run();
  EXPECT_THAT(events_.log, ElementsAre("init failed"));
  EXPECT_THAT(shipper_.text, HasSubstr("INIT_REPORT Init Duration: 0.50 ms\tPhase: init\tStatus: error\t"
                                       "Error Type: Runtime.ExitError\n"));
}

TEST_F(EnvironmentTest, RunsAFailedInitAgainInsideTheFirstInvocation) {
  Begin();
  sandbox().ExitWith(1);
  loop_.Run();
  shipper_.text.clear();
  Invoke();
  loop_.Advance(250ms);
  const FakeReply next = api_.Next();
  ASSERT_TRUE(next->has_value());
  EXPECT_EQ((*next)->body, "{\"a\":1}");
  api_.Respond(kId, "1");
  api_.Next();
  EXPECT_EQ(result().duration_us(), 250000);
  EXPECT_EQ(result().init_duration_us(), 0);
  EXPECT_THAT(shipper_.text, HasSubstr("Duration: 250.00 ms\tBilled Duration: 250 ms\tMemory Size: 128 MB\t"
                                       "Max Memory Used: 37 MB\t\n"));
}

TEST_F(EnvironmentTest, AnswersWithTheRuntimesInitErrorAndLogsBothPhases) {
  Begin();
  api_.InitError("{}", "Runtime.ImportModuleError");
  loop_.Run();
  Invoke();
  const FakeReply receipt = api_.InitError("{\"errorType\":\"ImportError\"}", "Runtime.ImportModuleError");
  loop_.Run();
  EXPECT_EQ((*receipt)->status, 202);
  EXPECT_EQ(result().outcome(), node::InvocationResult::FUNCTION_ERROR);
  EXPECT_EQ(result().payload(), "{\"errorType\":\"ImportError\"}");
  EXPECT_THAT(shipper_.text, HasSubstr("Phase: init\tStatus: error\tError Type: Runtime.ImportModuleError\n"));
  EXPECT_THAT(shipper_.text, HasSubstr("Phase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError\nSTART "));
}

TEST_F(EnvironmentTest, TimesOutASuppressedInitByTheFunctionsOwnLimit) {
  Begin();
  loop_.Advance(10s);
  Invoke();
  loop_.Advance(3s);
  EXPECT_THAT(result().payload(), HasSubstr("Task timed out after 3.00 seconds"));
  EXPECT_THAT(shipper_.text, HasSubstr("INIT_REPORT Init Duration: 3000.00 ms\tPhase: invoke\tStatus: timeout\n"));
}

TEST_F(EnvironmentTest, SaysThatThereIsNoBootstrap) {
  provisioned_.choice.failure = NoBootstrap({"/var/task/bootstrap", "/opt/bootstrap"});
  Begin();
  EXPECT_THAT(events_.log, ElementsAre("init failed"));
  Invoke();
  EXPECT_EQ(result().payload(),
            "{\"errorType\":\"Runtime.InvalidEntrypoint\",\"errorMessage\":\"RequestId: " + std::string(kId) +
                " Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]\"}");
  EXPECT_TRUE(environment_->takes_invocations());
}

// ---- invocations ----

TEST_F(EnvironmentTest, AnswersTheCallerAtTheResponseAndIsIdleAtTheNextRequest) {
  const FakeReply next = BeginIdle();
  Invoke();
  ASSERT_TRUE(next->has_value());
  loop_.Advance(1230us);
  api_.Respond(kId, "\"hi\"");
  EXPECT_THAT(events_.log, ElementsAre("result"));
  EXPECT_EQ(result().payload(), "\"hi\"");
  EXPECT_EQ(result().outcome(), node::InvocationResult::SUCCESS);
  EXPECT_FALSE(environment_->takes_invocations());
  api_.Next();
  EXPECT_THAT(events_.log, ElementsAre("result", "idle"));
  EXPECT_TRUE(environment_->takes_invocations());
}

TEST_F(EnvironmentTest, LogsAColdInvocationWithItsInitDurationAndAWarmOneWithout) {
  BeginIdle();
  for (int i = 0; i < 2; ++i) {
    shipper_.text.clear();
    Invoke();
    sandbox().output.Write("printed\n");
    loop_.Advance(1230us);
    api_.Respond(kId, "1");
    api_.Next();
    const std::string cold = i == 0 ? "Init Duration: 112.94 ms\t" : "";
    EXPECT_THAT(shipper_.text,
                testing::EndsWith("START RequestId: " + std::string(kId) +
                                  " Version: $LATEST\nprinted\nEND RequestId: " + kId + "\nREPORT RequestId: " + kId +
                                  "\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t"
                                  "Max Memory Used: 37 MB\t" +
                                  cold + "\n"));
  }
}

TEST_F(EnvironmentTest, HandsOnTheHandlersError) {
  BeginIdle();
  Invoke();
  api_.Error(kId, "{\"errorType\":\"ValueError\"}");
  EXPECT_EQ(result().outcome(), node::InvocationResult::FUNCTION_ERROR);
  EXPECT_EQ(result().payload(), "{\"errorType\":\"ValueError\"}");
}

TEST_F(EnvironmentTest, RefusesAnInvocationWhileBusy) {
  BeginIdle();
  Invoke();
  Invoke();
  EXPECT_EQ(result().outcome(), node::InvocationResult::REJECTED);
}

TEST_F(EnvironmentTest, SendsTheTailFromStartToReportWhenTheInvocationIsOver) {
  BeginIdle();
  sandbox().output.Write("before\n");
  loop_.Run();
  Invoke(/*want_tail=*/true);
  sandbox().output.Write("during\n");
  api_.Respond(kId, "1");
  EXPECT_TRUE(events_.results.empty());
  api_.Next();
  EXPECT_THAT(events_.log, ElementsAre("result, idle"));
  EXPECT_THAT(result().log_tail(), testing::StartsWith("START RequestId: "));
  EXPECT_THAT(result().log_tail(), HasSubstr("\nduring\nEND RequestId: "));
  EXPECT_THAT(result().log_tail(), testing::EndsWith("\t\n"));
}

TEST_F(EnvironmentTest, SurvivesAResponseThatIsTooLarge) {
  BeginIdle();
  Invoke();
  const FakeReply reply = api_.RespondTooMuch(kId);
  EXPECT_EQ((*reply)->status, 413);
  EXPECT_EQ(result().payload(),
            "{\"errorMessage\":\"Response payload size exceeded maximum allowed payload size (6291556 bytes).\","
            "\"errorType\":\"Function.ResponseSizeTooLarge\"}");
  api_.Next();
  EXPECT_TRUE(environment_->takes_invocations());
  EXPECT_EQ(sandbox().kills, 0);
  EXPECT_THAT(shipper_.text, HasSubstr("Status: error\tError Type: Function.ResponseSizeTooLarge\n"));
}

// ---- failures ----

TEST_F(EnvironmentTest, KillsARuntimeAtTheDeadlineAndAnswersAtOnce) {
  BeginIdle();
  Invoke();
  work_.hold = true;
  loop_.Advance(3s);
  ASSERT_THAT(events_.log, ElementsAre("result"));
  EXPECT_EQ(result().payload(), "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: " +
                                    std::string(kId) + " Error: Task timed out after 3.00 seconds\"}");
  EXPECT_FALSE(environment_->takes_invocations());
  work_.Finish();
  loop_.Run();
  EXPECT_THAT(events_.log, ElementsAre("result", "idle"));
  EXPECT_THAT(shipper_.text, HasSubstr("Duration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\t"
                                       "Max Memory Used: 37 MB\tInit Duration: 112.94 ms\tStatus: timeout\n"));
}

TEST_F(EnvironmentTest, StartsTheRuntimeAgainInTheSameSandboxAfterATimeout) {
  BeginIdle();
  Invoke();
  loop_.Advance(3s);
  Invoke();
  EXPECT_EQ(sandbox().started.size(), 2u);
  EXPECT_EQ(factory_.made.size(), 1u);
  EXPECT_TRUE(api_.Next()->has_value());
}

struct ExitCase {
  std::optional<int> code;
  std::optional<int> signal;
  int64_t oom_kills;
  const char* type;
  const char* message;
};

class EnvironmentExitTest : public EnvironmentTest, public testing::WithParamInterface<ExitCase> {};

TEST_P(EnvironmentExitTest, TellsHowTheRuntimeEnded) {
  BeginIdle();
  Invoke();
  sandbox().oom_kills = GetParam().oom_kills;
  RuntimeExit exit;
  exit.exit_code = GetParam().code;
  exit.signal = GetParam().signal;
  sandbox().Exit(exit);
  loop_.Run();
  EXPECT_EQ(result().outcome(), node::InvocationResult::FUNCTION_ERROR);
  EXPECT_EQ(result().payload(), std::string("{\"errorType\":\"") + GetParam().type +
                                    "\",\"errorMessage\":\"RequestId: " + kId + " Error: " + GetParam().message +
                                    "\"}");
  EXPECT_THAT(shipper_.text, HasSubstr(std::string("Status: error\tError Type: ") + GetParam().type + "\n"));
  EXPECT_EQ(sandbox().kills, 1) << "what the runtime left behind is killed too";
  EXPECT_TRUE(environment_->takes_invocations());
}

INSTANTIATE_TEST_SUITE_P(
    Endings, EnvironmentExitTest,
    testing::Values(ExitCase{0, {}, 0, "Runtime.ExitError", "Runtime exited without providing a reason"},
                    ExitCase{3, {}, 0, "Runtime.ExitError", "Runtime exited with error: exit status 3"},
                    ExitCase{{}, 9, 0, "Runtime.ExitError", "Runtime exited with error: signal: killed"},
                    ExitCase{{}, 11, 0, "Runtime.ExitError", "Runtime exited with error: signal: segmentation fault"},
                    ExitCase{{}, 9, 1, "Runtime.OutOfMemory", "Runtime exited with error: signal: killed"}));

TEST_F(EnvironmentTest, ReportsTheWholeMemoryAfterRunningOutOfIt) {
  BeginIdle();
  Invoke();
  sandbox().oom_kills = 1;
  sandbox().ExitBySignal(9);
  loop_.Run();
  EXPECT_THAT(shipper_.text, HasSubstr("Max Memory Used: 128 MB\t"));
}

TEST_F(EnvironmentTest, KeepsTheAnswerOfARuntimeThatDiesAfterIt) {
  BeginIdle();
  Invoke();
  api_.Respond(kId, "\"done\"");
  sandbox().ExitWith(1);
  loop_.Run();
  ASSERT_EQ(events_.results.size(), 1u);
  EXPECT_EQ(result().payload(), "\"done\"");
  EXPECT_THAT(events_.log, ElementsAre("result", "idle"));
}

TEST_F(EnvironmentTest, EndsARuntimeThatAnswersAndNeverAsksAgain) {
  BeginIdle();
  Invoke();
  api_.Respond(kId, "1");
  loop_.Advance(3s);
  EXPECT_THAT(events_.log, ElementsAre("result", "idle"));
  EXPECT_THAT(shipper_.text, HasSubstr("Duration: 3000.00 ms\tBilled Duration: 3000 ms\t"));
  EXPECT_THAT(shipper_.text, HasSubstr("Status: timeout\n"));
}

TEST_F(EnvironmentTest, SendsTheTailOfAFailureToo) {
  BeginIdle();
  Invoke(/*want_tail=*/true);
  sandbox().output.Write("last words");
  sandbox().ExitWith(1);
  loop_.Run();
  EXPECT_THAT(result().log_tail(), HasSubstr("last words\nEND RequestId: "));
  EXPECT_THAT(events_.log, ElementsAre("result, idle"));
}

TEST_F(EnvironmentTest, StartsAfreshWhenTheRuntimeDiedBetweenInvocations) {
  BeginIdle();
  sandbox().ExitWith(0);
  loop_.Run();
  EXPECT_TRUE(events_.log.empty());
  Invoke();
  EXPECT_EQ(sandbox().started.size(), 2u);
}

TEST_F(EnvironmentTest, ClosesWhenTheSandboxDoesNotObey) {
  BeginIdle();
  sandbox().ignores_kill = true;
  Invoke();
  loop_.Advance(3s);
  loop_.Advance(11s);
  EXPECT_THAT(events_.log, ElementsAre("result", "closed"));
  EXPECT_EQ(events_.closed, node::EnvironmentGone::FAILED);
}

TEST_F(EnvironmentTest, LeavesTheInvocationToAnotherEnvironmentWhenTheRuntimeCannotBeStartedAgain) {
  BeginIdle();
  sandbox().ExitWith(1);
  loop_.Run();
  sandbox().start_status = absl::UnavailableError("the launcher is gone");
  Invoke();
  EXPECT_EQ(result().outcome(), node::InvocationResult::REJECTED);
  EXPECT_THAT(events_.log, ElementsAre("result", "closed"));
}

TEST_F(EnvironmentTest, KillsARuntimeWhoseStartTookLongerThanTheDeadline) {
  BeginIdle();
  sandbox().ExitWith(1);
  loop_.Run();
  work_.hold = true;
  Invoke();
  loop_.Advance(3s);
  EXPECT_THAT(events_.log, ElementsAre("result"));
  work_.hold = false;
  work_.Finish();
  loop_.Run();
  EXPECT_FALSE(sandbox().running);
  EXPECT_TRUE(environment_->takes_invocations());
}

// ---- rest and end ----

TEST_F(EnvironmentTest, FreezesOnlyAfterAWhileAndThawsForTheNextEvent) {
  const FakeReply next = BeginIdle();
  loop_.Advance(99ms);
  EXPECT_FALSE(sandbox().frozen);
  loop_.Advance(1ms);
  EXPECT_TRUE(sandbox().frozen);
  Invoke();
  EXPECT_FALSE(sandbox().frozen);
  EXPECT_TRUE(next->has_value());
}

TEST_F(EnvironmentTest, IsNotFrozenWhileInvocationsFollowEachOther) {
  BeginIdle();
  for (int i = 0; i < 5; ++i) {
    loop_.Advance(80ms);
    Invoke();
    loop_.Advance(80ms);
    api_.Respond(kId, "1");
    api_.Next();
  }
  EXPECT_EQ(sandbox().freezes, 0);
}

TEST_F(EnvironmentTest, ClosesAfterTheRunningInvocationWhenStopped) {
  BeginIdle();
  Invoke();
  environment_->Stop(node::EnvironmentGone::STOPPED, "");
  EXPECT_TRUE(events_.log.empty());
  api_.Respond(kId, "1");
  api_.Next();
  EXPECT_THAT(events_.log, ElementsAre("result", "closed"));
  EXPECT_THAT(shipper_.text, HasSubstr("REPORT RequestId: "));
}

TEST_F(EnvironmentTest, OpensTheRuntimeApiAnewForEveryProcess) {
  BeginIdle();
  EXPECT_EQ(api_.opened, 1);
  sandbox().ExitWith(1);
  loop_.Run();
  EXPECT_FALSE(api_.open());
  Invoke();
  EXPECT_EQ(api_.opened, 2);
}

TEST_F(EnvironmentTest, PlatformLinesCannotBeForged) {
  BeginIdle();
  sandbox().output.Write("REPORT RequestId: forged\n");
  loop_.Run();
  environment_->FlushLogs();
  for (const node::LogRecord& record : shipper_.records) {
    const bool forged = record.text().find("forged") != std::string::npos;
    EXPECT_EQ(record.source() == node::LogRecord::FUNCTION, forged) << record.text();
  }
  EXPECT_THAT(shipper_.text, HasSubstr("forged"));
}

TEST_F(EnvironmentTest, AStreamedAnswerLeavesWhileTheFunctionRuns) {
  BeginIdle();
  Invoke(/*want_tail=*/false, /*response_window_bytes=*/100);
  auto reply = std::make_shared<std::optional<HttpResponse>>();
  const auto sink = api_.Stream(kId, reply, clock_);
  sink->OnBody("one ");
  EXPECT_EQ(events_.streamed, "one ");
  EXPECT_TRUE(events_.results.empty());
  sink->OnBody("two");
  sink->OnBodyEnd({});
  EXPECT_EQ(events_.streamed, "one two");
  EXPECT_EQ(result().outcome(), node::InvocationResult::SUCCESS);
  EXPECT_TRUE(result().streamed());
  EXPECT_EQ(result().streamed_bytes(), 7u);
  EXPECT_EQ(result().payload(), "");
  EXPECT_EQ((*reply)->status, 202);
}

TEST_F(EnvironmentTest, WhatTheClientDoesNotTakeIsHeldBackUntilItsCreditComes) {
  BeginIdle();
  Invoke(/*want_tail=*/false, /*response_window_bytes=*/4);
  const auto sink = api_.Stream(kId, std::make_shared<std::optional<HttpResponse>>(), clock_);
  sink->OnBody("123456");
  sink->OnBodyEnd({});
  EXPECT_EQ(events_.streamed, "1234");
  EXPECT_TRUE(events_.results.empty());
  node::ResponseCredit credit;
  credit.set_bytes(2);
  credit.set_invocation_id(8);  // another's
  environment_->Credit(credit);
  EXPECT_EQ(events_.streamed, "1234");
  credit.set_invocation_id(7);
  environment_->Credit(credit);
  EXPECT_EQ(events_.streamed, "123456");
  EXPECT_EQ(result().streamed_bytes(), 6u);
}

TEST_F(EnvironmentTest, ATimeoutEndsAStreamAndSaysSo) {
  BeginIdle();
  Invoke(/*want_tail=*/false, /*response_window_bytes=*/100);
  const auto sink = api_.Stream(kId, std::make_shared<std::optional<HttpResponse>>(), clock_);
  sink->OnBody("half");
  loop_.Advance(std::chrono::seconds(3));
  sink->OnBody("late");
  EXPECT_EQ(events_.streamed, "half");
  EXPECT_EQ(result().outcome(), node::InvocationResult::FUNCTION_ERROR);
  EXPECT_EQ(result().error_code(), "Sandbox.Timeout");
  EXPECT_EQ(result().streamed_bytes(), 4u);
}

TEST_F(EnvironmentTest, ARuntimeThatExitsMidwayTruncatesItsStream) {
  BeginIdle();
  Invoke(/*want_tail=*/false, /*response_window_bytes=*/100);
  const auto sink = api_.Stream(kId, std::make_shared<std::optional<HttpResponse>>(), clock_);
  sink->OnBody("half");
  sink->OnBodyLost();
  RuntimeExit exit;
  exit.exit_code = 1;
  sandbox().Exit(exit);
  loop_.Run();
  EXPECT_EQ(result().error_code(), "Runtime.TruncatedResponse");
  EXPECT_NE(result().payload().find("exit status 1"), std::string::npos);
}

}  // namespace
}  // namespace hearth::worker
