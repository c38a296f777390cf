#include "controller/api/lambda/configuration/logging_config.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kNotWithText[] =
    "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or change the "
    "LogFormat to \"JSON\" and try again.";

class LoggingConfigTest : public LambdaTest {
 protected:
  static Json Config(std::initializer_list<Json::Member> members) { return Json(Json::Object(members)); }
  // UpdateFunctionConfiguration, settled.
  Answer Update(std::initializer_list<Json::Member> members) {
    Answer answer = UpdateConfiguration(Json(Json::Object{{"LoggingConfig", Config(members)}}));
    EXPECT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok());
    return answer;
  }
  static std::string Shown(const Answer& answer) {
    const Json* config = answer.body.Find("LoggingConfig");
    return config == nullptr ? answer.text : config->Dump();
  }
};

TEST_F(LoggingConfigTest, IsTextInTheFunctionsOwnGroupByDefault) {
  EXPECT_EQ(Shown(Create()), R"({"LogFormat":"Text","LogGroup":"/aws/lambda/hello"})");
}

TEST_F(LoggingConfigTest, HasInfoLevelsOnceItIsJson) {
  EXPECT_EQ(Shown(Create({{"LoggingConfig", Config({{"LogFormat", "JSON"}})}})),
            R"({"LogFormat":"JSON","ApplicationLogLevel":"INFO","SystemLogLevel":"INFO",)"
            R"("LogGroup":"/aws/lambda/hello"})");
}

TEST_F(LoggingConfigTest, MergesAPartialUpdate) {
  CreateActive();
  Update({{"LogFormat", "JSON"}, {"LogGroup", "shared/group"}, {"SystemLogLevel", "WARN"}});
  EXPECT_EQ(Shown(Update({{"ApplicationLogLevel", "TRACE"}})),
            R"({"LogFormat":"JSON","ApplicationLogLevel":"TRACE","SystemLogLevel":"WARN","LogGroup":"shared/group"})");
}

TEST_F(LoggingConfigTest, DropsTheLevelsWithTheFormatJson) {
  CreateActive();
  Update({{"LogFormat", "JSON"}, {"ApplicationLogLevel", "ERROR"}, {"LogGroup", "g"}});
  EXPECT_EQ(Shown(Update({{"LogFormat", "Text"}})), R"({"LogFormat":"Text","LogGroup":"g"})");
  EXPECT_EQ(Shown(Update({{"LogFormat", "JSON"}})),
            R"({"LogFormat":"JSON","ApplicationLogLevel":"INFO","SystemLogLevel":"INFO","LogGroup":"g"})");
}

TEST_F(LoggingConfigTest, HasNoLevelWithTheFormatText) {
  EXPECT_EQ(Create({{"LoggingConfig", Config({{"ApplicationLogLevel", "INFO"}})}}).text, kNotWithText);
  CreateActive();
  EXPECT_EQ(Update({{"SystemLogLevel", "INFO"}}).text, kNotWithText);
  EXPECT_EQ(Update({{"LogFormat", "Text"}, {"SystemLogLevel", "INFO"}}).text, kNotWithText);
}

TEST_F(LoggingConfigTest, NamesEveryBrokenConstraint) {
  const Answer answer = Create({{"LoggingConfig", Config({{"LogFormat", "XML"},
                                                          {"ApplicationLogLevel", "LOUD"},
                                                          {"SystemLogLevel", "ERROR"},
                                                          {"LogGroup", "a b"}})}});
  EXPECT_EQ(answer.error, "ValidationException");
  EXPECT_EQ(
      answer.text,
      "4 validation errors detected: Value 'XML' at 'loggingConfig.logFormat' failed to satisfy constraint: Member "
      "must satisfy enum value set: [JSON, Text]; Value 'LOUD' at 'loggingConfig.applicationLogLevel' failed to "
      "satisfy constraint: Member must satisfy enum value set: [TRACE, DEBUG, INFO, WARN, ERROR, FATAL]; Value "
      "'ERROR' at 'loggingConfig.systemLogLevel' failed to satisfy constraint: Member must satisfy enum value "
      "set: [DEBUG, INFO, WARN]; Value 'a b' at 'loggingConfig.logGroup' failed to satisfy constraint: Member "
      "must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+");
}

}  // namespace
}  // namespace hearth::controller
