#include "worker/worker_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace hearth::worker {
namespace {

class WorkerConfigTest : public testing::Test {
 protected:
  WorkerConfigTest() {
    std::filesystem::create_directories(root_ + "/bin");
    std::filesystem::create_directories(root_ + "/runtimes");
    for (const char* name : {"hearth-launcher", "hearth-init", "hearth-extract"}) {
      std::ofstream(root_ + "/bin/" + name) << "#!/bin/sh\n";
      chmod((root_ + "/bin/" + name).c_str(), 0755);
    }
  }
  ~WorkerConfigTest() override { std::filesystem::remove_all(root_); }
  absl::StatusOr<InstalledFiles> Locate() {
    return LocateFiles(
        Config::Load(WorkerConfigKeys(), "", {"HEARTH_WORKER_PROGRAMS_DIRECTORY=" + root_ + "/bin"}).value());
  }
  const std::string root_ = testing::TempDir() + "/worker_config_" + std::to_string(getpid());
};

TEST_F(WorkerConfigTest, GivesEveryKeyAReasonAndANameOfItsOwn) {
  std::set<std::string> names;
  for (const ConfigKey& key : WorkerConfigKeys()) {
    EXPECT_TRUE(key.name.starts_with("worker.")) << key.name;
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    EXPECT_FALSE(key.reason.empty()) << key.name;
  }
}

TEST_F(WorkerConfigTest, TakesItsDefaultsAsSettings) { EXPECT_TRUE(Config::Load(WorkerConfigKeys(), "", {}).ok()); }

TEST_F(WorkerConfigTest, HasItsSampleInDeploy) {
  std::ifstream file(HEARTH_CONFIG_SAMPLE);
  std::ostringstream sample;
  sample << file.rdbuf();
  EXPECT_EQ(sample.str(), Config::Sample(WorkerConfigKeys()))
      << "write it anew: hearth-worker --sample-config > deploy/config/worker.toml";
}

TEST_F(WorkerConfigTest, FindsTheFilesBesideThePrograms) {
  const InstalledFiles files = Locate().value();
  EXPECT_EQ(files.launcher, root_ + "/bin/hearth-launcher");
  EXPECT_EQ(files.runtimes_directory, root_ + "/runtimes");
}

TEST_F(WorkerConfigTest, FindsThePackagedRuntimes) {
  std::filesystem::remove(root_ + "/runtimes");
  std::filesystem::create_directories(root_ + "/share/hearth/runtimes");
  EXPECT_EQ(Locate().value().runtimes_directory, root_ + "/share/hearth/runtimes");
}

TEST_F(WorkerConfigTest, SaysWhatIsMissing) {
  std::filesystem::remove(root_ + "/bin/hearth-init");
  EXPECT_THAT(std::string(Locate().status().message()), testing::HasSubstr("/bin/hearth-init is missing"));
}

}  // namespace
}  // namespace hearth::worker
