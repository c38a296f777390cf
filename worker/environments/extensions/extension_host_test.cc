// Environments with extensions: every phase waits for them, and they are told of the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/environments/environment_test_support.h"
#include "worker/environments/extensions/extension_host.h"

namespace hearth::worker {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ExtensionHostTest : public EnvironmentTest {
 protected:
  ExtensionHostTest() { provisioned_.extensions = {"outer"}; }

  std::string Register(const std::string& name, const std::string& events) {
    const FakeReply reply =
        api_.AskExtensions("POST", "register", {{{"Lambda-Extension-Name", name}}}, "{\"events\":[" + events + "]}");
    loop_.Run();
    EXPECT_EQ((*reply)->status, 200) << (*reply)->body;
    return std::string((*reply)->headers.Find("Lambda-Extension-Identifier").value_or(""));
  }
  FakeReply AskNext(const std::string& identifier) {
    const FakeReply reply = api_.AskExtensions("GET", "event/next", {{{"Lambda-Extension-Identifier", identifier}}});
    loop_.Run();
    return reply;
  }
  // INIT with one external extension, done; its parked request.
  FakeReply BeginWithOuter(const std::string& events) {
    Begin();
    outer_ = Register("outer", events);
    runtime_next_ = api_.Next();
    FakeReply next = AskNext(outer_);
    events_.log.clear();
    return next;
  }

  std::string outer_;
  FakeReply runtime_next_;
};

TEST_F(ExtensionHostTest, TheRuntimeStartsOnceEveryExternalExtensionHasRegistered) {
  Begin();
  EXPECT_EQ(sandbox().extensions.at(1).arguments, std::vector<std::string>{"/opt/extensions/outer"});
  EXPECT_THAT(sandbox().started, IsEmpty());
  Register("outer", "\"INVOKE\"");
  EXPECT_EQ(sandbox().started.size(), 1u);
}

TEST_F(ExtensionHostTest, InitEndsWhenTheRuntimeAndEveryExtensionAskForAnEvent) {
  Begin();
  outer_ = Register("outer", "\"INVOKE\",\"SHUTDOWN\"");
  api_.Next();
  EXPECT_THAT(events_.log, IsEmpty());
  AskNext(outer_);
  EXPECT_THAT(events_.log, ElementsAre("ready"));
  environment_->FlushLogs();
  EXPECT_THAT(shipper_.text, HasSubstr("EXTENSION\tName: outer\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n"));
}

TEST_F(ExtensionHostTest, TheAnswerLeavesAtOnceAndTheEnvironmentIsIdleWhenTheExtensionIsDone) {
  const FakeReply event = BeginWithOuter("\"INVOKE\"");
  Invoke();
  EXPECT_THAT((*event)->body, HasSubstr("\"eventType\":\"INVOKE\""));
  api_.Respond(kId, "1");
  api_.Next();
  EXPECT_THAT(events_.log, ElementsAre("result"));
  loop_.Advance(500ms);
  AskNext(outer_);
  EXPECT_THAT(events_.log, ElementsAre("result", "idle"));
  EXPECT_THAT(shipper_.text, HasSubstr("Duration: 500.00 ms"));
}

TEST_F(ExtensionHostTest, AnExtensionThatIsNotDoneInTimeTimesTheInvocationOut) {
  BeginWithOuter("\"INVOKE\"");
  Invoke();
  api_.Respond(kId, "1");
  api_.Next();
  loop_.Advance(3s);
  loop_.Advance(3s);
  EXPECT_THAT(shipper_.text, HasSubstr("Status: timeout"));
  EXPECT_EQ(result().outcome(), node::InvocationResult::SUCCESS);
  EXPECT_EQ(sandbox().kills, 1);
}

TEST_F(ExtensionHostTest, AnExtensionThatCrashesFailsTheInvocation) {
  BeginWithOuter("\"INVOKE\"");
  Invoke();
  sandbox().ExitExtension(1, 3);
  loop_.Run();
  EXPECT_EQ(result().outcome(), node::InvocationResult::FUNCTION_ERROR);
  EXPECT_THAT(result().payload(), HasSubstr("\"errorType\":\"Extension.Crash\""));
}

TEST_F(ExtensionHostTest, AnExtensionThatCrashesWhileItStartsFailsInit) {
  Begin();
  sandbox().ExitExtension(1, 1);
  loop_.Run();
  EXPECT_THAT(events_.log, ElementsAre("init failed"));
  EXPECT_THAT(sandbox().started, IsEmpty());
}

TEST_F(ExtensionHostTest, AnInitErrorOfAnExtensionFailsInit) {
  Begin();
  outer_ = Register("outer", "");
  api_.AskExtensions(
      "POST", "init/error",
      {{{"Lambda-Extension-Identifier", outer_}, {"Lambda-Extension-Function-Error-Type", "Extension.NoKey"}}}, "{}");
  loop_.Advance(3s);
  EXPECT_THAT(events_.log, ElementsAre("init failed"));
  EXPECT_THAT(shipper_.text, HasSubstr("Error Type: Extension.InitError"));
}

TEST_F(ExtensionHostTest, TheEndIsToldAndWaitedForUpToTwoSeconds) {
  const FakeReply event = BeginWithOuter("\"SHUTDOWN\"");
  environment_->Stop(node::EnvironmentGone::STOPPED, "");
  loop_.Run();
  EXPECT_EQ(sandbox().terminations, 1);
  EXPECT_FALSE(event->has_value());  // the runtime's turn
  sandbox().ExitWith(0);
  loop_.Run();
  EXPECT_THAT((*event)->body, HasSubstr("\"shutdownReason\":\"spindown\""));
  EXPECT_FALSE(events_.closed.has_value());
  sandbox().ExitExtension(1, 0);
  loop_.Run();
  EXPECT_EQ(events_.closed, node::EnvironmentGone::STOPPED);
}

TEST_F(ExtensionHostTest, ARuntimeThatDoesNotHeedSigtermIsKilledAfter300MsAndTheRestAfterTwoSeconds) {
  const FakeReply event = BeginWithOuter("\"SHUTDOWN\"");
  environment_->Stop(node::EnvironmentGone::STOPPED, "");
  loop_.Advance(299ms);
  EXPECT_EQ(sandbox().runtime_kills, 0);
  loop_.Advance(20ms);
  EXPECT_EQ(sandbox().runtime_kills, 1);
  EXPECT_TRUE(event->has_value());
  loop_.Advance(1600ms);
  EXPECT_FALSE(events_.closed.has_value());
  loop_.Advance(100ms);
  EXPECT_TRUE(events_.closed.has_value());
}

TEST_F(ExtensionHostTest, ATimeoutTellsExtensionsWhyAndEverythingStartsAnew) {
  const FakeReply event = BeginWithOuter("\"INVOKE\",\"SHUTDOWN\"");
  Invoke();
  loop_.Advance(3s);
  EXPECT_THAT(events_.log, ElementsAre("result"));
  loop_.Advance(300ms);
  const FakeReply shutdown = AskNext(outer_);
  EXPECT_THAT((*shutdown)->body, HasSubstr("\"shutdownReason\":\"timeout\""));
  loop_.Advance(2s);
  EXPECT_THAT(events_.log, ElementsAre("result", "idle"));
  Invoke();
  EXPECT_EQ(sandbox().extension_round, 3);  // one was forgotten in between
  EXPECT_EQ(sandbox().started.size(), 1u);
  Register("outer", "");
  EXPECT_EQ(sandbox().started.size(), 2u);
}

TEST_F(ExtensionHostTest, AnInternalExtensionIsWaitedForToo) {
  provisioned_.extensions.clear();
  Begin();
  const std::string inner = Register("inner", "\"INVOKE\"");
  api_.Next();
  EXPECT_THAT(events_.log, IsEmpty());
  AskNext(inner);
  EXPECT_THAT(events_.log, ElementsAre("ready"));
  environment_->Stop(node::EnvironmentGone::STOPPED, "");
  loop_.Run();
  EXPECT_EQ(sandbox().terminations, 1);
  loop_.Advance(520ms);
  EXPECT_TRUE(events_.closed.has_value());
}

}  // namespace
}  // namespace hearth::worker
