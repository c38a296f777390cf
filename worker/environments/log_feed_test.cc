#include "worker/environments/log_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "worker/environments/fake_loop.h"
#include "worker/environments/fake_runtime.h"
#include "worker/environments/fake_sandbox.h"

namespace hearth::worker {
namespace {

class LogFeedTest : public testing::Test {
 protected:
  FakeClock clock_;
  FakeLoop loop_{clock_};
  FakeLogShipper shipper_;
  LogStream stream_{LogDestination{}, clock_, shipper_};
  std::shared_ptr<FakeSandboxState> state_ = std::make_shared<FakeSandboxState>();
  FakeSandbox sandbox_{state_};
  std::optional<LogFeed> feed_{std::in_place, sandbox_, stream_, loop_, clock_};
};

TEST_F(LogFeedTest, ReadsAsSoonAsThereIsSomething) {
  state_->output.Write("one\n");
  loop_.Run();
  stream_.Flush();
  EXPECT_EQ(shipper_.text, "one\n");
}

TEST_F(LogFeedTest, LetsAFloodWaitAndResumes) {
  const std::string line = std::string(32 * 1024 - 1, 'x') + "\n";
  size_t written = 0;
  for (int i = 0; i < 300; ++i) {
    state_->output.Write(line);
    loop_.Run();
    written += line.size();
    stream_.Flush();
    if (shipper_.text.size() < written) break;
  }
  EXPECT_LT(shipper_.text.size(), written) << "the pipe holds it back";
  loop_.Advance(std::chrono::seconds(1));
  stream_.Flush();
  EXPECT_EQ(shipper_.text.size(), written);
}

TEST_F(LogFeedTest, StopsWatchingAPipeWithoutWriters) {
  state_->output.CloseWriter();
  loop_.Run();  // would not return
  state_->telemetry.CloseWriter();
  loop_.Run();
}

TEST_F(LogFeedTest, LeavesNothingBehindOnTheLoop) {
  feed_.reset();
  state_->output.Write("late\n");
  loop_.Run();
  stream_.Flush();
  EXPECT_EQ(shipper_.text, "");
}

}  // namespace
}  // namespace hearth::worker
