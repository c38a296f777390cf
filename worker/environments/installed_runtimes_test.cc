#include "worker/environments/installed_runtimes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hearth::worker {
namespace {

using testing::ElementsAre;

class InstalledRuntimesTest : public testing::Test {
 protected:
  InstalledRuntimesTest() { std::filesystem::create_directories(root_ + "/python"); }
  ~InstalledRuntimesTest() override { std::filesystem::remove_all(root_); }
  std::string Script(const std::string& path, const std::string& text) {
    std::ofstream(root_ + path) << "#!/bin/sh\n" << text << "\n";
    chmod((root_ + path).c_str(), 0755);
    return root_ + path;
  }
  std::vector<std::string> Find(const std::string& interpreter) {
    std::vector<std::string> found;
    for (const auto& runtime : FindInstalledRuntimes(root_, {{"python", "python", interpreter}})) {
      found.push_back(runtime.family() + ":" + runtime.version());
    }
    return found;
  }
  const std::string root_ = testing::TempDir() + "/installed_runtimes_" + std::to_string(getpid());
};

TEST_F(InstalledRuntimesTest, AsksTheInterpreterForItsVersion) {
  Script("/python/bootstrap", "");
  EXPECT_THAT(Find(Script("/snake", "echo Python 3.11.2")), ElementsAre("python:3.11.2", "provided:"));
  EXPECT_THAT(Find(Script("/snake", "echo v20.1.0-pre")), ElementsAre("python:20.1.0", "provided:"));
}

TEST_F(InstalledRuntimesTest, LeavesOutWhatCannotBeStarted) {
  EXPECT_THAT(Find(Script("/snake", "echo Python 3.11.2")), ElementsAre("provided:")) << "no bootstrap";
  Script("/python/bootstrap", "");
  EXPECT_THAT(Find(root_ + "/nothing"), ElementsAre("provided:"));
  EXPECT_THAT(Find(Script("/snake", "exit 1")), ElementsAre("provided:"));
}

}  // namespace
}  // namespace hearth::worker
