#include "controller/settings.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace hearth::controller {
namespace {

TEST(ControllerSettingsTest, LoadWithTheirDefaults) { EXPECT_TRUE(Config::Load(ControllerSettings(), "", {}).ok()); }

TEST(ControllerSettingsTest, SayWhyEachExists) {
  for (const ConfigKey& key : ControllerSettings()) EXPECT_GT(key.reason.size(), 20u) << key.name;
}

TEST(ControllerSettingsTest, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const ConfigKey& key : ControllerSettings()) EXPECT_TRUE(names.insert(key.name).second) << key.name;
}

TEST(ControllerSettingsTest, TakeWhatHearthDevSets) {
  const absl::StatusOr<Config> config =
      Config::Load(ControllerSettings(), "",
                   {"HEARTH_CONTROLLER_DATA_DIRECTORY=/x", "HEARTH_CONTROLLER_LISTEN=127.0.0.1:1",
                    "HEARTH_CONTROLLER_REGION=eu-west-1", "HEARTH_CONTROLLER_ACCOUNT=123456789012",
                    "HEARTH_NODE_LISTEN=unix:/x/node.sock", "HEARTH_RUNTIMES_ALLOW_NEAREST=true"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->String("controller.data_directory"), "/x");
  EXPECT_TRUE(config->Bool("runtimes.allow_nearest"));
}

TEST(ControllerSettingsTest, AreThoseOfTheSample) {
  std::ifstream file(HEARTH_CONFIG_SAMPLE);
  std::ostringstream sample;
  sample << file.rdbuf();
  EXPECT_EQ(sample.str(), Config::Sample(ControllerSettings()))
      << "write it anew: hearth-controller --sample-config > deploy/config/controller.toml";
}

}  // namespace
}  // namespace hearth::controller
