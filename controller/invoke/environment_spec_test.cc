#include "controller/invoke/environment_spec.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

records::FunctionVersion Version() {
  records::FunctionVersion version;
  version.set_environment_key("key");
  version.set_account("123456789012");
  version.set_region("eu-west-1");
  version.set_name("f");
  version.set_version("$LATEST");
  version.set_runtime("python3.11");
  version.set_handler("app.handler");
  version.set_memory_mb(256);
  version.set_timeout_seconds(7);
  version.set_ephemeral_storage_mb(512);
  version.set_code_sha256_hex("ab");
  version.set_code_bytes(9);
  version.set_log_group("/aws/lambda/f");
  version.set_log_format("JSON");
  version.set_application_log_level("WARN");
  version.set_system_log_level("DEBUG");
  version.set_runtime_version_text("python:3.11.2");
  version.set_runtime_version_arn("arn");
  return version;
}

TEST(EnvironmentSpecTest, SaysEverythingAWorkerNeeds) {
  records::FunctionVersion version = Version();
  version.set_sealed_environment("sealed");
  const absl::StatusOr<node::EnvironmentSpec> spec = MakeEnvironmentSpec(version, [](const auto&) {
    return std::map<std::string, std::string>{{"NAME", "value"}};
  });
  ASSERT_TRUE(spec.ok());
  EXPECT_EQ(spec->key(), "key");
  EXPECT_EQ(spec->account(), "123456789012");
  EXPECT_EQ(spec->region(), "eu-west-1");
  EXPECT_EQ(spec->function_name(), "f");
  EXPECT_EQ(spec->version(), "$LATEST");
  EXPECT_EQ(spec->runtime(), "python3.11");
  EXPECT_EQ(spec->handler(), "app.handler");
  EXPECT_EQ(spec->memory_mb(), 256);
  EXPECT_EQ(spec->timeout_ms(), 7000);
  EXPECT_EQ(spec->ephemeral_storage_mb(), 512);
  EXPECT_EQ(spec->code_sha256(), "ab");
  EXPECT_EQ(spec->code_bytes(), 9);
  EXPECT_EQ(spec->log_group(), "/aws/lambda/f");
  EXPECT_EQ(spec->log_format(), "JSON");
  EXPECT_EQ(spec->application_log_level(), "WARN");
  EXPECT_EQ(spec->system_log_level(), "DEBUG");
  EXPECT_EQ(spec->runtime_version_text(), "python:3.11.2");
  EXPECT_EQ(spec->runtime_version_arn(), "arn");
  EXPECT_EQ(spec->environment().at("NAME"), "value");
}

TEST(EnvironmentSpecTest, NamesTheServedRuntimeVersionUnlessOneIsKept) {
  records::FunctionVersion version = Version();
  node::EnvironmentSpec spec;
  NameRuntimeVersion({"python:3.11.4", "arn of 4", true}, version, spec);
  EXPECT_EQ(spec.runtime_version_text(), "python:3.11.4");
  EXPECT_EQ(spec.runtime_version_arn(), "arn of 4");
  version.set_update_runtime_on(records::FunctionVersion::FUNCTION_UPDATE);
  NameRuntimeVersion({"python:3.11.5", "arn of 5", true}, version, spec);
  EXPECT_EQ(spec.runtime_version_arn(), "arn of 4");
}

TEST(EnvironmentSpecTest, NamesTheLayersInTheirOrder) {
  records::FunctionVersion version = Version();
  for (const char* code : {"b", "a"}) version.add_layers()->set_code_sha256_hex(code);
  const absl::StatusOr<node::EnvironmentSpec> spec = MakeEnvironmentSpec(version, nullptr);
  ASSERT_EQ(spec->layers_size(), 2);
  EXPECT_EQ(spec->layers(0).code_sha256(), "b");
  EXPECT_EQ(spec->layers(1).code_sha256(), "a");
}

TEST(EnvironmentSpecTest, VariablesThatDoNotOpenFailTheStart) {
  records::FunctionVersion version = Version();
  version.set_sealed_environment("sealed");
  const auto refuse = [](const auto&) -> absl::StatusOr<std::map<std::string, std::string>> {
    return absl::DataLossError("changed");
  };
  EXPECT_EQ(MakeEnvironmentSpec(version, refuse).status().code(), absl::StatusCode::kDataLoss);
}

TEST(EnvironmentSpecTest, CarriesTheCredentialsOfTheRole) {
  node::EnvironmentSpec spec;
  GiveCredentials({"ASIA1", "secret", "token"}, 1234, spec);
  EXPECT_EQ(spec.credentials().access_key_id(), "ASIA1");
  EXPECT_EQ(spec.credentials().secret_access_key(), "secret");
  EXPECT_EQ(spec.credentials().session_token(), "token");
  EXPECT_EQ(spec.credentials().expires_ms(), 1234);
}

TEST(EnvironmentSpecTest, WithoutVariablesNothingIsOpened) {
  bool opened = false;
  const auto note = [&opened](const auto&) {
    opened = true;
    return std::map<std::string, std::string>();
  };
  EXPECT_TRUE(MakeEnvironmentSpec(Version(), note).ok());
  EXPECT_FALSE(opened);
}

}  // namespace
}  // namespace hearth::controller
