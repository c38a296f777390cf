#include "worker/environments/runtime_command.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hearth::worker {
namespace {

class RuntimeCommandTest : public testing::Test {
 protected:
  RuntimeCommandTest() {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_ + "/runtimes/python");
    std::filesystem::create_directories(root_ + "/task");
  }
  ~RuntimeCommandTest() override { std::filesystem::remove_all(root_); }
  void WriteFile(const std::string& path, mode_t mode) {
    std::ofstream(root_ + path) << "#!/bin/sh\n";
    chmod((root_ + path).c_str(), mode);
  }
  absl::StatusOr<RuntimeChoice> Choose(const std::string& runtime) {
    return ChooseRuntime(runtime, root_ + "/runtimes", root_ + "/task", layers_);
  }
  void AddLayer(const std::string& name) {
    std::filesystem::create_directories(root_ + "/" + name);
    layers_.push_back(root_ + "/" + name);
  }
  std::vector<std::string> layers_;
  const std::string root_ = testing::TempDir() + "/runtime_command_" + std::to_string(getpid());
};

TEST_F(RuntimeCommandTest, StartsTheManagedRuntimeOfTheFamily) {
  WriteFile("/runtimes/python/bootstrap", 0755);
  const RuntimeChoice choice = Choose("python3.12").value();
  EXPECT_EQ(choice.bootstrap, "/var/runtime/bootstrap");
  EXPECT_EQ(choice.runtime_directory, root_ + "/runtimes/python");
  EXPECT_FALSE(choice.failure);
}

TEST_F(RuntimeCommandTest, SaysWhichManagedRuntimeIsMissing) {
  EXPECT_EQ(Choose("nodejs20.x").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Choose("cobol85").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(RuntimeCommandTest, StartsTheFunctionsOwnBootstrap) {
  WriteFile("/task/bootstrap", 0755);
  const RuntimeChoice choice = Choose("provided.al2023").value();
  EXPECT_EQ(choice.bootstrap, "/var/task/bootstrap");
  EXPECT_EQ(choice.runtime_directory, "");
}

TEST_F(RuntimeCommandTest, TakesOnlyAnExecutableFileInsideThePackage) {
  const auto expect_none = [&](const char* what) {
    const RuntimeChoice choice = Choose("provided.al2023").value();
    ASSERT_TRUE(choice.failure) << what;
    EXPECT_EQ(choice.failure->message, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
    std::filesystem::remove_all(root_ + "/task/bootstrap");
  };
  expect_none("missing");
  WriteFile("/task/bootstrap", 0644);
  expect_none("not executable");
  std::filesystem::create_directory(root_ + "/task/bootstrap");
  expect_none("a directory");
  std::filesystem::create_symlink("/bin/sh", root_ + "/task/bootstrap");
  expect_none("a link out of the package");
}

TEST_F(RuntimeCommandTest, StartsTheBootstrapOfALayerWhenTheFunctionHasNone) {
  AddLayer("one");
  AddLayer("two");
  WriteFile("/one/bootstrap", 0755);
  EXPECT_EQ(Choose("provided.al2023")->bootstrap, "/opt/bootstrap");
  WriteFile("/task/bootstrap", 0755);
  EXPECT_EQ(Choose("provided.al2023")->bootstrap, "/var/task/bootstrap");
}

TEST_F(RuntimeCommandTest, TakesTheBootstrapThatCoversTheOthers) {
  AddLayer("one");
  AddLayer("two");
  WriteFile("/one/bootstrap", 0755);
  WriteFile("/two/bootstrap", 0644);
  EXPECT_TRUE(Choose("provided.al2023")->failure);
}

TEST_F(RuntimeCommandTest, FollowsALinkInsideThePackage) {
  WriteFile("/task/main", 0755);
  std::filesystem::create_symlink("main", root_ + "/task/bootstrap");
  EXPECT_FALSE(Choose("provided.al2").value().failure);
}

}  // namespace
}  // namespace hearth::worker
