#include "controller/api/lambda/function_settings.h"

#include <gtest/gtest.h>

#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

FunctionSettings Parse(const char* text, Validation& validation) {
  const Json body = *Json::Parse(text);
  BodyReader reader(body);
  return ReadFunctionSettings(reader, validation);
}

TEST(FunctionSettingsTest, KnowWhatWasNotSaid) {
  Validation validation;
  const FunctionSettings settings = Parse("{}", validation);
  EXPECT_FALSE(settings.memory_mb || settings.timeout_seconds || settings.variables || settings.description);
  EXPECT_TRUE(validation.Result().ok());
}

TEST(FunctionSettingsTest, TakeAnEnvironmentWithoutVariablesForAnEmptyOne) {
  Validation validation;
  EXPECT_TRUE(Parse(R"({"Environment":{}})", validation).variables->empty());
}

TEST(FunctionSettingsTest, CollectEveryBrokenConstraint) {
  Validation validation;
  Parse(R"({"Timeout":0,"MemorySize":1,"Handler":"a b","Role":"x"})", validation);
  EXPECT_TRUE(std::string(validation.Result().message()).starts_with("4 validation errors detected: "));
}

TEST(FunctionSettingsTest, HoldTheRangesOfAws) {
  for (const char* body : {R"({"Timeout":900})", R"({"MemorySize":128})", R"({"MemorySize":10240})",
                           R"({"EphemeralStorage":{"Size":10240}})"}) {
    Validation validation;
    Parse(body, validation);
    EXPECT_TRUE(validation.Result().ok()) << body;
  }
  for (const char* body : {R"({"Timeout":901})", R"({"MemorySize":127})", R"({"MemorySize":10241})",
                           R"({"EphemeralStorage":{"Size":10241}})", R"({"EphemeralStorage":{}})"}) {
    Validation validation;
    Parse(body, validation);
    EXPECT_FALSE(validation.Result().ok()) << body;
  }
}

TEST(FunctionSettingsTest, LeaveAloneWhatWasNotSaid) {
  records::FunctionVersion version;
  version.set_handler("old");
  version.set_memory_mb(512);
  Validation validation;
  ApplySettings(Parse(R"({"MemorySize":256})", validation), version);
  EXPECT_EQ(version.handler(), "old");
  EXPECT_EQ(version.memory_mb(), 256);
}

TEST(TagsTest, AreAtMostFiftyAndNotOfAws) {
  OrderedVariables tags;
  for (int i = 0; i < 50; ++i) tags.emplace_back("key" + std::to_string(i), "v");
  EXPECT_TRUE(CheckTags(tags).ok());
  tags.emplace_back("one more", "v");
  EXPECT_FALSE(CheckTags(tags).ok());
  EXPECT_FALSE(CheckTags({{"aws:team", "v"}}).ok());
}

}  // namespace
}  // namespace hearth::controller
