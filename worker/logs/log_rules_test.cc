#include "worker/logs/log_rules.h"

#include <gtest/gtest.h>

namespace hearth::worker {
namespace {

constexpr uint32_t kText = 0xa55a0003;
constexpr uint32_t kWarnFrame = 0xa55a0002 | 0x10;
constexpr uint32_t kDebugFrame = 0xa55a0003 | 0x08;

LogRules JsonRules(EventLevel application) { return {.json = true, .application = application}; }

TEST(LogRulesTest, ComeFromTheSpecWithInfoWhereItSaysNothing) {
  node::EnvironmentSpec spec;
  EXPECT_FALSE(LogRules::Of(spec).json);
  spec.set_log_format("JSON");
  EXPECT_EQ(LogRules::Of(spec).application, EventLevel::kInfo);
  EXPECT_EQ(LogRules::Of(spec).system, EventLevel::kInfo);
  spec.set_application_log_level("FATAL");
  spec.set_system_log_level("DEBUG");
  EXPECT_TRUE(LogRules::Of(spec).json);
  EXPECT_EQ(LogRules::Of(spec).application, EventLevel::kFatal);
  EXPECT_EQ(LogRules::Of(spec).system, EventLevel::kDebug);
}

TEST(LogRulesTest, LeaveNothingOutOfText) {
  LogRules rules;
  rules.application = rules.system = EventLevel::kFatal;
  EXPECT_TRUE(rules.KeepApplicationEvent("debug", kDebugFrame));
  EXPECT_TRUE(rules.KeepPlatformEvent(EventLevel::kDebug));
}

TEST(LogRulesTest, JudgeAFrameByItsType) {
  EXPECT_TRUE(JsonRules(EventLevel::kWarn).KeepApplicationEvent("x", kWarnFrame));
  EXPECT_FALSE(JsonRules(EventLevel::kError).KeepApplicationEvent("x", kWarnFrame));
  EXPECT_FALSE(JsonRules(EventLevel::kInfo).KeepApplicationEvent("x", kDebugFrame));
  EXPECT_TRUE(JsonRules(EventLevel::kTrace).KeepApplicationEvent("x", kDebugFrame));
}

TEST(LogRulesTest, CountWhatNamesNoLevelAsInfo) {
  for (const uint32_t type : {LogRules::kNoFrame, kText}) {
    EXPECT_TRUE(JsonRules(EventLevel::kInfo).KeepApplicationEvent("plain\n", type));
    EXPECT_FALSE(JsonRules(EventLevel::kWarn).KeepApplicationEvent("plain\n", type));
    EXPECT_FALSE(JsonRules(EventLevel::kWarn).KeepApplicationEvent("{broken", type));
  }
}

TEST(LogRulesTest, ReadTheLevelOfAJsonRecordThatHasATimestamp) {
  const LogRules warn = JsonRules(EventLevel::kWarn);
  const auto keeps = [&](std::string_view event) { return warn.KeepApplicationEvent(event, LogRules::kNoFrame); };
  EXPECT_TRUE(keeps(R"({"timestamp":"2026-01-31T09:30:00Z","level":"error"})"));
  EXPECT_FALSE(keeps(R"({"timestamp":"2026-01-31T09:30:00Z","level":"debug"})"));
  EXPECT_FALSE(keeps(R"({"level":"ERROR"})"));
  EXPECT_FALSE(keeps(R"({"timestamp":"yesterday","level":"ERROR"})"));
  EXPECT_FALSE(keeps(R"({"timestamp":"2026-01-31T09:30:00Z","level":"LOUD"})"));
}

TEST(LogRulesTest, HoldPlatformEventsToTheSystemLevel) {
  const LogRules rules{.json = true, .system = EventLevel::kWarn};
  EXPECT_FALSE(rules.KeepPlatformEvent(EventLevel::kInfo));
  EXPECT_TRUE(rules.KeepPlatformEvent(EventLevel::kWarn));
}

}  // namespace
}  // namespace hearth::worker
