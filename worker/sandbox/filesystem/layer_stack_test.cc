#include "worker/sandbox/filesystem/layer_stack.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"
#include "worker/sandbox/in_child_test_support.h"

namespace hearth::worker {
namespace {

namespace fs = std::filesystem;

class LayerStackTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    for (const char* layer : {"one", "two"}) {
      fs::create_directories(data_ + "/" + layer + "/lib");
      std::ofstream(data_ + "/" + layer + "/lib/" + layer) << layer;
      std::ofstream(data_ + "/" + layer + "/both") << layer;
    }
  }
  void TearDown() override { fs::remove_all(data_); }

  // What `look` says about the mount, below which it looks.
  std::string Inside(std::vector<std::string> layers, const std::function<std::string(const std::string&)>& look) {
    return InChild([&]() -> std::string {
      std::vector<UniqueFd> directories;
      for (const std::string& layer : layers) {
        directories.emplace_back(open((data_ + "/" + layer).c_str(), O_PATH | O_CLOEXEC));
      }
      const absl::StatusOr<UniqueFd> mount = StackLayers(directories);
      return mount.ok() ? look("/proc/self/fd/" + std::to_string(mount->get())) : mount.status().ToString();
    });
  }
  static std::string Content(const std::string& path) {
    std::ifstream file(path);
    std::string text;
    std::getline(file, text);
    return text;
  }

  const std::string data_ = testing::TempDir() + "layer_stack_" + std::to_string(getpid());
};

TEST_F(LayerStackTest, OneLayerIsShownAsItIs) {
  EXPECT_EQ(Inside({"one"}, [](const std::string& root) { return Content(root + "/both"); }), "one");
}

TEST_F(LayerStackTest, ALaterLayerCoversAnEarlierOne) {
  const auto both = [](const std::string& root) { return Content(root + "/both"); };
  EXPECT_EQ(Inside({"one", "two"}, both), "two");
  EXPECT_EQ(Inside({"two", "one"}, both), "one");
}

TEST_F(LayerStackTest, DirectoriesOfAllLayersAreMerged) {
  EXPECT_EQ(Inside({"one", "two"},
                   [](const std::string& root) { return Content(root + "/lib/one") + Content(root + "/lib/two"); }),
            "onetwo");
}

TEST_F(LayerStackTest, NothingCanBeWritten) {
  for (const std::vector<std::string>& layers : {std::vector<std::string>{"one"}, {"one", "two"}}) {
    EXPECT_EQ(Inside(layers,
                     [](const std::string& root) {
                       return std::ofstream(root + "/new").is_open() || std::ofstream(root + "/both").is_open()
                                  ? "written"
                                  : "";
                     }),
              "");
  }
}

}  // namespace
}  // namespace hearth::worker
