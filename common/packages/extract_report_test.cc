#include <gtest/gtest.h>

#include "common/packages/extract_client.h"

namespace hearth {
namespace {

TEST(ExtractReportTest, ALineSaysWhatTheReportSaid) {
  const std::optional<ExtractReport> report =
      ParseExtractReport(FormatExtractReport({.verdict = ExtractVerdict::kRefused, .reason = "bad\nname"}));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->verdict, ExtractVerdict::kRefused);
  EXPECT_EQ(report->reason, "bad?name");
}

TEST(ExtractReportTest, CutsALongReason) {
  const std::string line =
      FormatExtractReport({.verdict = ExtractVerdict::kRefused, .reason = std::string(10000, 'x')});
  EXPECT_LE(line.size(), kMaxExtractReasonBytes + 64);
}

TEST(ExtractReportTest, RefusesWhatIsNoReport) {
  for (const char* line : {"", "ok", "ok 1 2", "ok 1\n", "ok -1 2\n", "ok 1 2 3\n", "fine 1 2\n", "refused\n"}) {
    EXPECT_FALSE(ParseExtractReport(line)) << line;
  }
}

}  // namespace
}  // namespace hearth
