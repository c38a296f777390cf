#include "worker/logs/platform_lines.h"

#include <gtest/gtest.h>

namespace hearth::worker {
namespace {

using namespace std::chrono_literals;

TEST(PlatformLinesTest, RendersDurationsWithTwoDecimals) {
  EXPECT_EQ(FormatMillis(0us), "0.00");
  EXPECT_EQ(FormatMillis(1230us), "1.23");
  EXPECT_EQ(FormatMillis(1235us), "1.24");
  EXPECT_EQ(FormatMillis(3000000us), "3000.00");
  EXPECT_EQ(FormatSeconds(3000ms), "3.00");
  EXPECT_EQ(FormatSeconds(1500ms), "1.50");
}

TEST(PlatformLinesTest, BillsByTheStartedMillisecond) {
  EXPECT_EQ(BilledMillis(0us), 0);
  EXPECT_EQ(BilledMillis(1us), 1);
  EXPECT_EQ(BilledMillis(1000us), 1);
  EXPECT_EQ(BilledMillis(1001us), 2);
}

TEST(PlatformLinesTest, WritesTheLinesAsRecorded) {
  EXPECT_EQ(InitStartLine("python:3.10.v11", "arn:aws:lambda:us-east-1::runtime:ab"),
            "INIT_START Runtime Version: python:3.10.v11\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:ab\n");
  EXPECT_EQ(StartLine("id-1", "$LATEST"), "START RequestId: id-1 Version: $LATEST\n");
  EXPECT_EQ(EndLine("id-1"), "END RequestId: id-1\n");
  EXPECT_EQ(InitReportLine(10007330us, InitPhase::kInit, {PhaseStatus::Kind::kTimeout, ""}),
            "INIT_REPORT Init Duration: 10007.33 ms\tPhase: init\tStatus: timeout\n");
  EXPECT_EQ(InitReportLine(998150us, InitPhase::kInvoke, {PhaseStatus::Kind::kError, "Runtime.Unknown"}),
            "INIT_REPORT Init Duration: 998.15 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.Unknown\n");
}

TEST(PlatformLinesTest, WritesReportWithWhatHappened) {
  ReportFigures figures{"id-1", 1230us, 128, 37, std::nullopt, {}};
  const std::string head =
      "REPORT RequestId: id-1\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t"
      "Max Memory Used: 37 MB";
  EXPECT_EQ(ReportLine(figures), head + "\t\n");
  figures.init_duration = 112940us;
  EXPECT_EQ(ReportLine(figures), head + "\tInit Duration: 112.94 ms\t\n");
  figures.status = {PhaseStatus::Kind::kTimeout, ""};
  EXPECT_EQ(ReportLine(figures), head + "\tInit Duration: 112.94 ms\tStatus: timeout\n");
  figures.init_duration.reset();
  figures.status = {PhaseStatus::Kind::kError, "Runtime.ExitError"};
  EXPECT_EQ(ReportLine(figures), head + "\tStatus: error\tError Type: Runtime.ExitError\n");
}

TEST(PlatformLinesTest, NamesTheStreamByDayVersionAndChance) {
  const WallTime day = FromUnixMillis(1769851800123);  // 2026-01-31T09:30:00.123Z
  EXPECT_EQ(LogStreamName(day, "hello", "$LATEST", "/aws/lambda/hello", "00ff"), "2026/01/31/[$LATEST]00ff");
  EXPECT_EQ(LogStreamName(day, "hello", "3", "/shared", "00ff"), "2026/01/31/hello[3]00ff");
}

}  // namespace
}  // namespace hearth::worker
