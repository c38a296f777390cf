#include "worker/environments/extensions/external_extensions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace hearth::worker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ExternalExtensionsTest : public testing::Test {
 protected:
  ~ExternalExtensionsTest() override { std::filesystem::remove_all(root_); }
  static std::string NewFolder() {
    std::string pattern = testing::TempDir() + "/hearth-extensions-XXXXXX";
    return mkdtemp(pattern.data());
  }
  std::string Layer(const std::string& name) const { return root_ + "/" + name; }
  void Put(const std::string& layer, const std::string& name, mode_t mode = 0755) const {
    const std::filesystem::path path = Layer(layer) + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "#!/bin/sh\n";
    chmod(path.c_str(), mode);
  }

  const std::string root_ = NewFolder();
};

TEST_F(ExternalExtensionsTest, AreTheProgramsOfAllLayersByName) {
  Put("one", "extensions/b");
  Put("one", "extensions/notes.txt", 0644);
  Put("two", "extensions/a");
  Put("two", "extensions/folder/inner");
  Put("two", "bin/tool");
  EXPECT_THAT(ExternalExtensions({Layer("one"), Layer("two")}), ElementsAre("a", "b"));
}

TEST_F(ExternalExtensionsTest, ALaterLayersFileCoversAProgram) {
  Put("one", "extensions/a");
  Put("two", "extensions/a", 0644);
  EXPECT_THAT(ExternalExtensions({Layer("one"), Layer("two")}), IsEmpty());
  EXPECT_THAT(ExternalExtensions({Layer("two"), Layer("one")}), ElementsAre("a"));
}

TEST_F(ExternalExtensionsTest, ALinkOutOfTheLayerIsNoProgram) {
  std::filesystem::create_directories(Layer("one") + "/extensions");
  std::filesystem::create_symlink("/bin/sh", Layer("one") + "/extensions/sh");
  EXPECT_THAT(ExternalExtensions({Layer("one")}), IsEmpty());
}

TEST_F(ExternalExtensionsTest, TheKillSwitchTurnsAllOfThemOff) {
  Put("one", "extensions/a");
  Put("two", "disable-extensions-jwigqn8j");
  EXPECT_THAT(ExternalExtensions({Layer("one"), Layer("two")}), IsEmpty());
}

TEST_F(ExternalExtensionsTest, AreNotGivenWhatIsTheRuntimesAlone) {
  EXPECT_THAT(ExtensionEnvironment({"AWS_REGION=r", "_HANDLER=h", "AWS_LAMBDA_LOG_STREAM_NAME=s", "LAMBDA_TASK_ROOT=t",
                                    "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001", "MINE=_x"}),
              ElementsAre("AWS_REGION=r", "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001", "MINE=_x"));
}

}  // namespace
}  // namespace hearth::worker
