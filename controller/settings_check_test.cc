#include "controller/settings_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "controller/settings.h"

namespace hearth::controller {
namespace {

absl::Status Check(const std::vector<std::string>& set) {
  return CheckSettings(Config::Load(ControllerSettings(), "", set).value());
}

TEST(ControllerSettingsCheckTest, PassesTheDefaultsAndWhatHearthDevSets) {
  EXPECT_TRUE(Check({}).ok());
  const absl::Status status =
      Check({"HEARTH_CONTROLLER_LISTEN=unix:/x/api.sock",
             "HEARTH_CONTROLLER_ADMIN_LISTEN=", "HEARTH_NODE_LISTEN=unix:/x/node.sock",
             "HEARTH_CONTROLLER_REGION=us-gov-west-1", "HEARTH_CONTROLLER_PUBLIC_URL=https://hearth.example",
             "HEARTH_IDENTITY_ISSUER=https://hearth.example/id"});
  EXPECT_TRUE(status.ok()) << status;
}

TEST(ControllerSettingsCheckTest, NamesTheSettingThatIsWrong) {
  const std::pair<const char*, const char*> wrong[] = {
      {"HEARTH_CONTROLLER_LOG_LEVEL=loud", "controller.log_level: 'loud'"},
      {"HEARTH_CONTROLLER_ACCOUNT=12345678901", "controller.account: '12345678901'"},
      {"HEARTH_CONTROLLER_REGION=home", "controller.region: 'home'"},
      {"HEARTH_CONTROLLER_REGION=us-east-", "controller.region: 'us-east-'"},
      {"HEARTH_CONTROLLER_LISTEN=9000", "controller.listen: '9000'"},
      {"HEARTH_CONTROLLER_ADMIN_LISTEN=localhost", "controller.admin_listen: 'localhost'"},
      {"HEARTH_NODE_LISTEN=0.0.0.0:9010", "node.listen: '0.0.0.0:9010'"},
      {"HEARTH_CONTROLLER_PUBLIC_URL=hearth.example", "controller.public_url: 'hearth.example'"},
      {"HEARTH_IDENTITY_ISSUER=//hearth.example", "identity.issuer: '//hearth.example'"},
      {"HEARTH_SIGNING_PROFILES_FILE=/nowhere/profiles", "signing.profiles_file: "},
  };
  for (const auto& [set, message] : wrong) {
    EXPECT_THAT(std::string(Check({set}).message()), testing::StartsWith(message));
  }
}

TEST(ControllerSettingsCheckTest, ReadsTheSigningProfiles) {
  const std::string path = testing::TempDir() + "/settings_check_profiles";
  std::ofstream(path) << "no profile\n";
  EXPECT_THAT(std::string(Check({"HEARTH_SIGNING_PROFILES_FILE=" + path}).message()),
              testing::StartsWith("signing.profiles_file: "));
}

}  // namespace
}  // namespace hearth::controller
