#include "worker/environments/deadline_timer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "worker/environments/fake_loop.h"

namespace hearth::worker {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class DeadlineTimerTest : public testing::Test {
 protected:
  DeadlineTimer::Id In(std::chrono::milliseconds delay, int name) {
    return timer_->Arm(clock_.Monotonic() + delay, [this, name] { ran_.push_back(name); });
  }
  FakeClock clock_;
  FakeLoop loop_{clock_};
  std::optional<DeadlineTimer> timer_{std::in_place, loop_, clock_};
  std::vector<int> ran_;
};

TEST_F(DeadlineTimerTest, RunsDeadlinesInTheOrderOfTheirTimes) {
  In(30ms, 3);
  In(10ms, 1);
  In(20ms, 2);
  loop_.Advance(9ms);
  EXPECT_TRUE(ran_.empty());
  loop_.Advance(30ms);
  EXPECT_THAT(ran_, ElementsAre(1, 2, 3));
}

TEST_F(DeadlineTimerTest, DoesNotRunWhatWasCancelled) {
  DeadlineTimer::Id id = In(10ms, 1);
  In(20ms, 2);
  timer_->Cancel(id);
  loop_.Advance(1s);
  EXPECT_THAT(ran_, ElementsAre(2));
  EXPECT_EQ(id, DeadlineTimer::Id{});
}

TEST_F(DeadlineTimerTest, TakesNewDeadlinesFromADeadline) {
  timer_->Arm(clock_.Monotonic() + 10ms, [this] { In(10ms, 2); });
  loop_.Advance(1s);
  EXPECT_THAT(ran_, ElementsAre(2));
}

TEST_F(DeadlineTimerTest, ForgetsEverythingWhenItGoes) {
  In(10ms, 1);
  timer_.reset();
  loop_.Advance(1s);
  EXPECT_TRUE(ran_.empty());
}

}  // namespace
}  // namespace hearth::worker
