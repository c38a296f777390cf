#include "worker/sandbox/filesystem/root_filesystem.h"

#include <fcntl.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"
#include "worker/sandbox/filesystem/root_template.h"
#include "worker/sandbox/in_child_test_support.h"

namespace hearth::worker {
namespace {

namespace fs = std::filesystem;

class RootFilesystemTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    data_ = testing::TempDir() + "root_filesystem_" + std::to_string(getpid());
    fs::create_directories(data_ + "/code");
    std::ofstream(data_ + "/code/handler.py") << "code";
  }
  void TearDown() override { fs::remove_all(data_); }

  // Builds the template and the sandbox's tree in a child, moves into it, runs `look`.
  std::string Inside(const std::function<std::string()>& look) {
    return InChild([&]() -> std::string {
      const absl::Status ready = Build();
      return ready.ok() ? look() : ready.ToString();
    });
  }

  std::string data_;

 private:
  absl::Status Build() {
    absl::Status entered = EnterPrivateRoot({data_, "", "/bin/true"});
    if (!entered.ok()) return entered;
    const UniqueFd code(open((std::string(kAllowedRoot) + "/code").c_str(), O_PATH | O_CLOEXEC));
    const UniqueFd task = CloneReadOnly(code.get()).value();
    const UniqueFd passwd = MakePasswdMount(234567).value();
    entered = MountSandboxFiles({task.get(), -1, passwd.get(), 8 << 20});
    return entered.ok() ? PivotInto(kTemplateRoot) : entered;
  }
};

TEST_F(RootFilesystemTest, TheCodeIsInVarTask) {
  EXPECT_EQ(Inside([] { return fs::exists("/var/task/handler.py") ? "" : "missing"; }), "");
}

TEST_F(RootFilesystemTest, NothingOfTheLauncherIsLeft) {
  EXPECT_EQ(Inside([]() -> std::string {
              std::string names;
              for (const auto& entry : fs::directory_iterator("/")) names += entry.path().filename().string() + " ";
              for (const char* ours : {"rootfs", "allowed", "users", "hearth-init"}) {
                if (names.find(ours) != std::string::npos) return names;
              }
              return "";
            }),
            "");
}

TEST_F(RootFilesystemTest, TmpHasTheSizeAskedFor) {
  EXPECT_EQ(Inside([] {
              struct statfs info;
              statfs("/tmp", &info);
              return std::to_string(info.f_blocks * static_cast<uint64_t>(info.f_bsize));
            }),
            std::to_string(8 << 20));
}

TEST_F(RootFilesystemTest, ProcHasProcessesAndNothingElse) {
  EXPECT_EQ(Inside([] { return fs::exists("/proc/sys") || !fs::exists("/proc/self") ? "wrong" : ""; }), "");
}

TEST_F(RootFilesystemTest, ADirectoryThatIsNoMountPointIsNoRoot) { EXPECT_FALSE(PivotInto("/nonexistent").ok()); }

}  // namespace
}  // namespace hearth::worker
