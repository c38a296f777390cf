#include "cli/supervisor.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace hearth::cli {
namespace {

using std::chrono::milliseconds;

ChildSpec Shell(const std::string& script, std::vector<std::string>& lines) {
  return {"shell", {"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin"}, [&lines](const std::string& line) {
            lines.push_back(line);
          }};
}

TEST(SupervisorTest, AChildThatDiesIsStartedAgain) {
  RealClock clock;
  std::vector<std::string> lines;
  Supervisor supervisor({.restart_delay = milliseconds(1)}, clock);
  ASSERT_TRUE(supervisor.Start(Shell("echo up", lines)).ok());
  ASSERT_TRUE(supervisor.Run([&] { return lines.size() >= 3; }).ok());
  EXPECT_EQ(lines.back(), "up");
}

TEST(SupervisorTest, ARestartLoopEndsTheRunAndNamesTheChild) {
  RealClock clock;
  std::vector<std::string> lines;
  Supervisor supervisor({.restart_delay = milliseconds(1), .max_restarts_per_minute = 3}, clock);
  ASSERT_TRUE(supervisor.Start(Shell("exit 1", lines)).ok());
  const absl::Status status = supervisor.Run([] { return false; });
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_NE(status.message().find("shell"), absl::string_view::npos);
}

TEST(SupervisorTest, AChildThatNeverGotGoingIsGivenUpSoon) {
  RealClock clock;
  std::vector<std::string> lines;
  Supervisor supervisor({.restart_delay = milliseconds(1), .max_first_starts = 2}, clock);
  ASSERT_TRUE(supervisor.Start(Shell("exit 1", lines)).ok());
  const absl::Status status = supervisor.Run([] { return false; });
  EXPECT_NE(status.message().find("ended 2 times"), absl::string_view::npos) << status;
}

TEST(SupervisorTest, StopAllGivesAChildTimeToEndWell) {
  RealClock clock;
  std::vector<std::string> lines;
  Supervisor supervisor({}, clock);
  ASSERT_TRUE(supervisor.Start(Shell("trap 'exit 0' TERM; echo $$; while :; do sleep 0.01; done", lines)).ok());
  ASSERT_TRUE(supervisor.Run([&] { return !lines.empty(); }).ok());
  supervisor.StopAll();
  EXPECT_EQ(kill(std::stoi(lines.front()), 0), -1);
}

TEST(SupervisorTest, AChildThatIgnoresSigtermIsKilledAfterTheGrace) {
  RealClock clock;
  std::vector<std::string> lines;
  Supervisor supervisor({.stop_grace = milliseconds(50)}, clock);
  ASSERT_TRUE(supervisor.Start(Shell("trap '' TERM; echo $$; while :; do sleep 0.01; done", lines)).ok());
  ASSERT_TRUE(supervisor.Run([&] { return !lines.empty(); }).ok());
  supervisor.StopAll();
  EXPECT_EQ(kill(std::stoi(lines.front()), 0), -1);
}

TEST(SupervisorTest, AProgramThatIsNotThereIsAnErrorThatNamesIt) {
  RealClock clock;
  Supervisor supervisor({}, clock);
  const absl::Status status = supervisor.Start({"ghost", {"/nonexistent/ghost"}, {}, nullptr});
  EXPECT_NE(status.message().find("/nonexistent/ghost"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace hearth::cli
