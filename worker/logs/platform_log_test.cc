#include "worker/logs/platform_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::worker {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct Shipper final : LogShipper {
  void Ship(node::LogBatch batch) override {
    for (const node::LogRecord& record : batch.records()) texts.push_back(record.text());
  }
  std::vector<std::string> texts;
};

class PlatformLogTest : public testing::Test {
 protected:
  PlatformLogTest() {
    spec_.set_function_name("hello");
    spec_.set_version("7");
    spec_.set_runtime_version_text("python:3.11.2");
    spec_.set_runtime_version_arn("arn");
  }

  std::vector<std::string> Written(std::string_view system_level, const std::function<void(PlatformLog&)>& write) {
    spec_.set_log_format(system_level.empty() ? "" : "JSON");
    spec_.set_system_log_level(std::string(system_level));
    Shipper shipper;
    LogStream stream({"0", "g", "s", LogRules::Of(spec_)}, clock_, shipper);
    PlatformLog log(spec_, stream, clock_);
    write(log);
    stream.Flush();
    return shipper.texts;
  }

  static void WriteAll(PlatformLog& log, const PhaseStatus& status) {
    log.InitStart(InitPhase::kInit);
    log.InitDone(112940us, InitPhase::kInit, status);
    log.Start("id");
    log.Report({"id", 1230us, 128, 37, 112940us, status});
  }

  std::vector<std::string> Types(std::string_view system_level, const PhaseStatus& status) {
    std::vector<std::string> types;
    for (const std::string& text : Written(system_level, [&](PlatformLog& log) { WriteAll(log, status); })) {
      types.push_back(Json::Parse(text)->Find("type")->as_string());
    }
    return types;
  }

  FakeClock clock_;
  node::EnvironmentSpec spec_;
};

TEST_F(PlatformLogTest, NamesExtensionsAsLinesAndAsRecords) {
  const auto write = [](PlatformLog& log) {
    log.Extension("outer", "Ready", {"INVOKE", "SHUTDOWN"}, "");
    log.Extension("other", "InitError", {}, "Extension.NoKey");
  };
  EXPECT_EQ(Written("", write),
            (std::vector<std::string>{"EXTENSION\tName: outer\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n",
                                      "EXTENSION\tName: other\tState: InitError\tEvents: []\tError Type: "
                                      "Extension.NoKey\n"}));
  const std::vector<std::string> records = Written("INFO", write);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(Json::Parse(records[0])->Find("record")->Dump(),
            R"({"name":"outer","state":"Ready","events":["INVOKE","SHUTDOWN"]})");
  EXPECT_EQ(Json::Parse(records[1])->Find("record")->Find("errorType")->as_string(), "Extension.NoKey");
  EXPECT_EQ(Written("WARN", write).size(), 1u);
}

TEST_F(PlatformLogTest, WritesTheTelemetryRecordsOfAColdInvocation) {
  const std::string time = FormatIsoMillis(clock_.Wall());
  const auto event = [&](const std::string& rest) { return R"({"time":")" + time + R"(",)" + rest + "\n"; };
  EXPECT_THAT(
      Written("DEBUG", [](PlatformLog& log) { WriteAll(log, {}); }),
      ElementsAre(
          event(R"("type":"platform.initStart","record":{"initializationType":"on-demand","phase":"init",)"
                R"("runtimeVersion":"python:3.11.2","runtimeVersionArn":"arn","functionName":"hello",)"
                R"("functionVersion":"7"}})"),
          event(R"("type":"platform.initRuntimeDone","record":{"initializationType":"on-demand","phase":"init",)"
                R"("status":"success"}})"),
          event(R"("type":"platform.initReport","record":{"initializationType":"on-demand","phase":"init",)"
                R"("status":"success","metrics":{"durationMs":112.94}}})"),
          event(R"("type":"platform.start","record":{"requestId":"id","version":"7"}})"),
          event(R"("type":"platform.runtimeDone","record":{"requestId":"id","status":"success",)"
                R"("metrics":{"durationMs":1.23}}})"),
          event(R"("type":"platform.report","record":{"requestId":"id","status":"success",)"
                R"("metrics":{"durationMs":1.23,"billedDurationMs":2,"memorySizeMB":128,"maxMemoryUsedMB":37,)"
                R"("initDurationMs":112.94}}})")));
}

TEST_F(PlatformLogTest, LeavesOutWhatIsBelowTheSystemLevel) {
  EXPECT_THAT(Types("INFO", {}), ElementsAre("platform.initStart", "platform.start", "platform.report"));
  EXPECT_THAT(Types("WARN", {}), IsEmpty());
}

TEST_F(PlatformLogTest, WarnsOfAFailure) {
  EXPECT_THAT(
      Types("WARN", {PhaseStatus::Kind::kTimeout, ""}),
      ElementsAre("platform.initRuntimeDone", "platform.initReport", "platform.runtimeDone", "platform.report"));
}

TEST_F(PlatformLogTest, TellsACrashFromAnAnswerThatIsNoGood) {
  const auto status_of = [&](const char* error_type) {
    const std::string text = Written("WARN", [&](PlatformLog& log) {
                               log.Report({"id", 0us, 0, 0, std::nullopt, {PhaseStatus::Kind::kError, error_type}});
                             }).front();
    const Json event = *Json::Parse(text);
    EXPECT_EQ(event.Find("record")->Find("errorType")->as_string(), error_type);
    return event.Find("record")->Find("status")->as_string();
  };
  EXPECT_EQ(status_of("Runtime.ExitError"), "error");
  EXPECT_EQ(status_of("Function.ResponseSizeTooLarge"), "failure");
}

TEST_F(PlatformLogTest, WritesLinesInTheTextFormat) {
  EXPECT_THAT(Written("", [](PlatformLog& log) { WriteAll(log, {}); }),
              ElementsAre(InitStartLine("python:3.11.2", "arn"), StartLine("id", "7"), EndLine("id"),
                          "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax "
                          "Memory Used: 37 MB\tInit Duration: 112.94 ms\t\n"));
}

}  // namespace
}  // namespace hearth::worker
