#include "common/log.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

const WallTime kTime = FromUnixMillis(1769851800123);

TEST(LogTest, ALineIsOneJsonObject) {
  EXPECT_EQ(FormatLogLine(LogLevel::kInfo, "hearth-worker", kTime, "joined", {{"worker", "w1"}, {"bytes", "7"}}),
            R"({"time":"2026-01-31T09:30:00.123Z","level":"info","program":"hearth-worker","message":"joined",)"
            R"("worker":"w1","bytes":"7"})");
}

TEST(LogTest, AValueCannotForgeALine) {
  EXPECT_EQ(FormatLogLine(LogLevel::kError, "p", kTime, "bad \"x\"", {{"name", "a\n{\"level\":\"info\"}\x1b[2J"}}),
            R"({"time":"2026-01-31T09:30:00.123Z","level":"error","program":"p","message":"bad \"x\"",)"
            R"("name":"a\n{\"level\":\"info\"}\u001b[2J"})");
}

TEST(LogTest, WritesToStandardErrorFromItsLevelOn) {
  testing::internal::CaptureStderr();
  InitLog("log_test", LogLevel::kWarn);
  LogInfo("quiet");
  LogWarn("{} loud");
  const std::string written = testing::internal::GetCapturedStderr();
  EXPECT_EQ(written.find("quiet"), std::string::npos);
  EXPECT_NE(written.find(R"("level":"warn","program":"log_test","message":"{} loud"})"
                         "\n"),
            std::string::npos);
}

}  // namespace
}  // namespace hearth
