#include "worker/settings_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "worker/worker_config.h"

namespace hearth::worker {
namespace {

absl::Status Check(const std::vector<std::string>& set) {
  return CheckSettings(Config::Load(WorkerConfigKeys(), "", set).value());
}

TEST(WorkerSettingsCheckTest, PassesTheDefaultsAndWhatHearthDevSets) {
  EXPECT_TRUE(Check({}).ok());
  const absl::Status status =
      Check({"HEARTH_WORKER_CONTROLLER=unix:/x/node.sock", "HEARTH_WORKER_AWS_API_URL=http://127.0.0.1:9000",
             "HEARTH_WORKER_CGROUP_PREFIX=hearth-dev/w0", "HEARTH_WORKER_PARKED_KINDS=python, nodejs:128"});
  EXPECT_TRUE(status.ok()) << status;
}

TEST(WorkerSettingsCheckTest, NamesTheSettingThatIsWrong) {
  const std::pair<const char*, const char*> wrong[] = {
      {"HEARTH_WORKER_LOG_LEVEL=loud", "worker.log_level: 'loud'"},
      {"HEARTH_WORKER_CONTROLLER=10.0.0.1:9010", "worker.controller: '10.0.0.1:9010'"},
      {"HEARTH_WORKER_AWS_API_URL=127.0.0.1:9000", "worker.aws_api_url: '127.0.0.1:9000'"},
      {"HEARTH_WORKER_DATA_DIRECTORY=data", "worker.data_directory: "},
      {"HEARTH_WORKER_CGROUP_PREFIX=system.slice", "worker.cgroup_prefix: "},
      {"HEARTH_WORKER_PARKED_KINDS=python,cobol", "worker.parked_kinds: 'cobol'"},
  };
  for (const auto& [set, message] : wrong) {
    EXPECT_THAT(std::string(Check({set}).message()), testing::StartsWith(message));
  }
}

}  // namespace
}  // namespace hearth::worker
