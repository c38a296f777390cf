#include "worker/environments/runtime_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::worker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;

node::EnvironmentSpec Spec(const std::string& runtime) {
  node::EnvironmentSpec spec;
  spec.set_region("eu-central-1");
  spec.set_function_name("hello");
  spec.set_version("7");
  spec.set_runtime(runtime);
  spec.set_handler("app.handler");
  spec.set_memory_mb(256);
  spec.set_log_group("/aws/lambda/hello");
  return spec;
}

TEST(RuntimeEnvironmentTest, GivesAManagedRuntimeExactlyTheRecordedVariables) {
  EXPECT_THAT(
      RuntimeEnvironment(Spec("python3.12"), "2026/01/31/[7]00"),
      ElementsAre(
          "AWS_DEFAULT_REGION=eu-central-1", "AWS_EXECUTION_ENV=AWS_Lambda_python3.12",
          "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_FUNCTION_NAME=hello", "AWS_LAMBDA_FUNCTION_VERSION=7",
          "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand", "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/hello",
          "AWS_LAMBDA_LOG_STREAM_NAME=2026/01/31/[7]00", "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001",
          "AWS_REGION=eu-central-1", "AWS_XRAY_CONTEXT_MISSING=LOG_ERROR", "AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000",
          "LAMBDA_RUNTIME_DIR=/var/runtime", "LAMBDA_TASK_ROOT=/var/task", "LANG=en_US.UTF-8",
          "LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:"
          "/opt/lib",
          "PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin", "PYTHONPATH=/var/runtime", "TZ=:UTC",
          "_AWS_XRAY_DAEMON_ADDRESS=127.0.0.1", "_AWS_XRAY_DAEMON_PORT=2000", "_HANDLER=app.handler",
          "_LAMBDA_TELEMETRY_LOG_FD=62"));
}

TEST(RuntimeEnvironmentTest, SaysHowTheEnvironmentWasInitialised) {
  node::EnvironmentSpec spec = Spec("python3.12");
  spec.set_provisioned(true);
  EXPECT_THAT(RuntimeEnvironment(spec, ""), Contains("AWS_LAMBDA_INITIALIZATION_TYPE=provisioned-concurrency"));
}

TEST(RuntimeEnvironmentTest, TellsTheRuntimeOfTheJsonFormatWhateverTheCustomerSays) {
  node::EnvironmentSpec spec = Spec("python3.12");
  spec.set_log_format("JSON");
  spec.set_application_log_level("WARN");
  (*spec.mutable_environment())["AWS_LAMBDA_LOG_LEVEL"] = "TRACE";
  const std::vector<std::string> variables = RuntimeEnvironment(spec, "s");
  EXPECT_THAT(variables, Contains("AWS_LAMBDA_LOG_FORMAT=JSON"));
  EXPECT_THAT(variables, Contains("AWS_LAMBDA_LOG_LEVEL=WARN"));
}

TEST(RuntimeEnvironmentTest, GivesTheCredentialsOfTheExecutionRole) {
  node::EnvironmentSpec spec = Spec("python3.12");
  spec.mutable_credentials()->set_access_key_id("ASIA1");
  spec.mutable_credentials()->set_secret_access_key("secret");
  spec.mutable_credentials()->set_session_token("token");
  (*spec.mutable_environment())["AWS_SESSION_TOKEN"] = "mine";
  const std::vector<std::string> variables = RuntimeEnvironment(spec, "s");
  EXPECT_THAT(variables, Contains("AWS_ACCESS_KEY_ID=ASIA1"));
  EXPECT_THAT(variables, Contains("AWS_SECRET_ACCESS_KEY=secret"));
  EXPECT_THAT(variables, Contains("AWS_SESSION_TOKEN=token"));
}

TEST(RuntimeEnvironmentTest, SaysWhereTheIdentityTokenIsAndNamesItToNoSdk) {
  node::EnvironmentSpec spec = Spec("python3.12");
  EXPECT_THAT(RuntimeEnvironment(spec, "s"), Not(Contains(StartsWith("HEARTH_"))));
  spec.mutable_identity()->set_token("token");
  EXPECT_THAT(RuntimeEnvironment(spec, "s"), Contains("HEARTH_IDENTITY_TOKEN_FILE=/run/hearth/identity-token"));
  EXPECT_THAT(RuntimeEnvironment(spec, "s"), Not(Contains(StartsWith("AWS_WEB_IDENTITY_TOKEN_FILE="))));
}

TEST(RuntimeEnvironmentTest, SaysWhereTheAwsApiIsUnlessTheCustomerDoes) {
  node::EnvironmentSpec spec = Spec("python3.12");
  EXPECT_THAT(RuntimeEnvironment(spec, "s", true), Contains("AWS_ENDPOINT_URL=http://127.0.0.1:9001"));
  EXPECT_THAT(RuntimeEnvironment(spec, "s"), Not(Contains(StartsWith("AWS_ENDPOINT_URL="))));
  (*spec.mutable_environment())["AWS_ENDPOINT_URL"] = "http://elsewhere";
  EXPECT_THAT(RuntimeEnvironment(spec, "s", true), Contains("AWS_ENDPOINT_URL=http://elsewhere"));
}

TEST(RuntimeEnvironmentTest, PointsNodeAtTheModulesOfItsVersion) {
  EXPECT_THAT(RuntimeEnvironment(Spec("nodejs20.x"), "s"),
              Contains("NODE_PATH=/opt/nodejs/node20/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:"
                       "/var/runtime:/var/task"));
}

TEST(RuntimeEnvironmentTest, GivesACustomRuntimeNoExecutionEnvironment) {
  node::EnvironmentSpec spec = Spec("provided.al2023");
  (*spec.mutable_environment())["AWS_EXECUTION_ENV"] = "AWS_Lambda_go";
  const auto variables = RuntimeEnvironment(spec, "s");
  EXPECT_THAT(variables, Not(Contains(StartsWith("AWS_EXECUTION_ENV="))));
  EXPECT_THAT(variables, Not(Contains(StartsWith("PYTHONPATH="))));
}

struct Precedence {
  const char* name;
  const char* expected;
};

TEST(RuntimeEnvironmentTest, LetsTheCustomerReplaceDefaultsAndNothingOfThePlatform) {
  const Precedence cases[] = {{"MY_OWN", "MY_OWN=customer"},
                              {"PATH", "PATH=customer"},
                              {"LANG", "LANG=customer"},
                              {"TZ", "TZ=customer"},
                              {"PYTHONPATH", "PYTHONPATH=customer"},
                              {"_HANDLER", "_HANDLER=app.handler"},
                              {"AWS_REGION", "AWS_REGION=eu-central-1"},
                              {"LAMBDA_TASK_ROOT", "LAMBDA_TASK_ROOT=/var/task"},
                              {"AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001"},
                              {"_LAMBDA_TELEMETRY_LOG_FD", "_LAMBDA_TELEMETRY_LOG_FD=62"}};
  for (const Precedence& row : cases) {
    node::EnvironmentSpec spec = Spec("python3.12");
    (*spec.mutable_environment())[row.name] = "customer";
    EXPECT_THAT(RuntimeEnvironment(spec, "s"), Contains(row.expected));
  }
}

TEST(RuntimeEnvironmentTest, AParkedRuntimeKnowsWhereItWaitsAndNothingOfAFunction) {
  const auto variables = ParkedRuntimeEnvironment("node", 256);
  EXPECT_THAT(variables, Contains("_HEARTH_ASSIGNMENT_FD=61"));
  EXPECT_THAT(variables, Contains("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256"));
  EXPECT_THAT(variables, Contains(StartsWith("LD_LIBRARY_PATH=")));
  EXPECT_THAT(variables, Not(Contains(StartsWith("AWS_LAMBDA_FUNCTION_NAME="))));
  EXPECT_THAT(variables, Not(Contains(StartsWith("AWS_ACCESS_KEY_ID="))));
}

TEST(RuntimeEnvironmentTest, LeavesOutWhatExecveCannotCarry) {
  node::EnvironmentSpec spec = Spec("python3.12");
  (*spec.mutable_environment())["ZERO"] = std::string("a\0b", 3);
  (*spec.mutable_environment())["A=B"] = "c";
  const auto variables = RuntimeEnvironment(spec, "s");
  EXPECT_THAT(variables, Not(Contains(StartsWith("ZERO="))));
  EXPECT_THAT(variables, Not(Contains(StartsWith("A=B"))));
}

}  // namespace
}  // namespace hearth::worker
