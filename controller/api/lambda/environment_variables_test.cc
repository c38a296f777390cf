#include "controller/api/lambda/environment_variables.h"

#include <gtest/gtest.h>

#include "common/limits.h"

namespace hearth::controller {
namespace {

// {"K…":"x…"} of exactly `bytes` as compact JSON.
OrderedVariables OfSize(size_t bytes) {
  return {{"KEY", std::string(bytes - std::string(R"({"KEY":""})").size(), 'x')}};
}

TEST(EnvironmentVariablesTest, FitUpToTheLimit) {
  EXPECT_TRUE(CheckVariables(OfSize(kMaxEnvironmentVariablesBytes)).ok());
  EXPECT_FALSE(CheckVariables(OfSize(kMaxEnvironmentVariablesBytes + 1)).ok());
}

TEST(EnvironmentVariablesTest, AreMeasuredInTheOrderOfTheRequest) {
  const OrderedVariables variables = {{"ZZ", std::string(4096, 'x')}, {"AA", ""}};
  const std::string text(CheckVariables(variables).message());
  EXPECT_LT(text.find("\"ZZ\""), text.find("\"AA\""));
}

TEST(EnvironmentVariablesTest, MayOverrideWhatAwsLetsBeOverridden) {
  EXPECT_TRUE(CheckVariables({{"PATH", "/opt/bin"}, {"TZ", "Europe/Paris"}, {"PYTHONPATH", "x"}}).ok());
}

TEST(EnvironmentVariablesTest, DoNotReplaceWhatThePlatformSets) {
  EXPECT_EQ(
      std::string(CheckVariables({{"AWS_REGION", "x"}, {"MINE", "x"}, {"HEARTH_IDENTITY_TOKEN_FILE", "x"}}).message()),
      "Lambda was unable to configure your environment variables because the environment variables you have "
      "provided contains reserved keys that are currently not supported for modification. Reserved keys used in "
      "this request: AWS_REGION, HEARTH_IDENTITY_TOKEN_FILE");
}

TEST(EnvironmentVariablesTest, HoldNoNulCharacter) {
  EXPECT_FALSE(CheckVariables({{"KEY", std::string("a\0b", 3)}}).ok());
}

TEST(EnvironmentVariablesTest, HaveNamesTheShellKnows) {
  Validation validation;
  ValidateVariableNames({{"1A", "b"}, {"OK", "c"}}, validation);
  EXPECT_EQ(
      std::string(validation.Result().message()),
      "1 validation error detected: Value '{1A=b, OK=c}' at 'environment.variables' failed to satisfy constraint: Map "
      "keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]");
}

}  // namespace
}  // namespace hearth::controller
