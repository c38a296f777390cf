#include "worker/environments/runtime_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "worker/environments/fake_loop.h"
#include "worker/environments/fake_sandbox.h"

namespace hearth::worker {
namespace {

using testing::ElementsAre;

class RuntimeProcessTest : public testing::Test, protected RuntimeProcess::Events {
 protected:
  void OnRuntimeStarted(MonotonicTime) override { log_.push_back("started"); }
  void OnRuntimeEnded(RuntimeExit exit) override {
    log_.push_back(exit.signal ? "killed" : "exited " + std::to_string(exit.exit_code.value_or(-1)));
  }
  void OnSandboxBroken(absl::Status) override { log_.push_back("broken"); }
  void OnExtensionEnded(const RuntimeExit& exit) override {
    log_.push_back("extension " + std::to_string(exit.extension));
  }
  void OnSwept() override { log_.push_back("swept"); }

  void Start() {
    process_->Start({});
    loop_.Run();
  }

  FakeClock clock_;
  FakeLoop loop_{clock_};
  FakeWork work_{loop_};
  DeadlineTimer timer_{loop_, clock_};
  std::shared_ptr<FakeSandboxState> state_ = std::make_shared<FakeSandboxState>();
  std::vector<std::string> log_;
  RuntimeProcess::Events& events_ = *this;
  std::optional<RuntimeProcess> process_{
      std::in_place, std::make_shared<FakeSandbox>(state_), loop_, work_, timer_, clock_, events_};
};

TEST_F(RuntimeProcessTest, KillsWhatAnEndedProcessLeftBehind) {
  Start();
  state_->ExitWith(3);
  loop_.Run();
  EXPECT_THAT(log_, ElementsAre("started", "exited 3"));
  EXPECT_EQ(state_->kills, 1);
  EXPECT_FALSE(process_->alive());
}

TEST_F(RuntimeProcessTest, KillsOnDemandOnceAndStartsAgain) {
  Start();
  process_->Kill();
  process_->Kill();
  loop_.Run();
  Start();
  EXPECT_THAT(log_, ElementsAre("started", "killed", "started"));
  EXPECT_EQ(state_->kills, 1);
}

TEST_F(RuntimeProcessTest, KillsAProcessThatIsStillBeingStarted) {
  work_.hold = true;
  process_->Start({});
  process_->Kill();
  work_.hold = false;
  work_.Finish();
  loop_.Run();
  EXPECT_THAT(log_, ElementsAre("killed"));
}

TEST_F(RuntimeProcessTest, TellsTheEndBeforeTheSandboxThatWentWithIt) {
  Start();
  state_->kill_status = absl::UnavailableError("init is gone");
  state_->ExitBySignal(9);
  loop_.Run();
  EXPECT_THAT(log_, ElementsAre("started", "killed", "broken"));
}

TEST_F(RuntimeProcessTest, GivesUpOnASandboxThatDoesNotObey) {
  Start();
  state_->ignores_kill = true;
  process_->Kill();
  loop_.Advance(std::chrono::seconds(11));
  EXPECT_THAT(log_, ElementsAre("started", "broken"));
}

TEST_F(RuntimeProcessTest, WorksOnTheLoopItselfWhenTooMuchWaits) {
  work_.refuse = true;
  Start();
  EXPECT_THAT(log_, ElementsAre("started"));
}

TEST_F(RuntimeProcessTest, MayGoWhileWorkIsUnderWay) {
  work_.hold = true;
  process_->Start({});
  process_.reset();
  work_.Finish();
  loop_.Run();
  EXPECT_TRUE(log_.empty());
  EXPECT_TRUE(state_->destroyed);
}

TEST_F(RuntimeProcessTest, ExtensionsSurviveTheEndOfTheProcessUntilTheyAreSwept) {
  process_->KeepExtensions();
  Start();
  state_->extension_round = 1;
  state_->ExitWith(0);
  loop_.Run();
  EXPECT_THAT(log_, ElementsAre("started", "exited 0"));
  EXPECT_EQ(state_->kills, 0);
  state_->ExitExtension(2, 0);
  loop_.Run();
  process_->Sweep();
  loop_.Run();
  EXPECT_THAT(log_, ElementsAre("started", "exited 0", "extension 2", "swept"));
  EXPECT_EQ(state_->kills, 1);
}

}  // namespace
}  // namespace hearth::worker
