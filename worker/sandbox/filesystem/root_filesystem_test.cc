#include "worker/sandbox/filesystem/root_filesystem.h"

#include <fcntl.h>
#include <sys/stat.h>
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
  UniqueFd identity_;  // the worker's, of /run/hearth

 private:
  absl::Status Build() {
    absl::Status entered = EnterPrivateRoot({data_, "", "/bin/true"});
    if (!entered.ok()) return entered;
    const UniqueFd code(open((std::string(kAllowedRoot) + "/code").c_str(), O_PATH | O_CLOEXEC));
    const UniqueFd task = CloneReadOnly(code.get()).value();
    const UniqueFd passwd = MakePasswdMount(234567).value();
    const UniqueFd identity = MakeIdentityMount(4711).value();
    identity_ = UniqueFd(openat(identity.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    SandboxMounts mounts{task.get(), -1, passwd.get(), 8 << 20};
    mounts.identity = identity.get();
    entered = MountSandboxFiles(mounts);
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

TEST_F(RootFilesystemTest, WhatTheWorkerWritesAsTheIdentityTokenIsReadInside) {
  EXPECT_EQ(Inside([this]() -> std::string {
              struct stat info;
              if (stat("/run/hearth", &info) != 0 || info.st_uid != 4711 || (info.st_mode & 07777) != 0755)
                return "dir";
              const UniqueFd file(openat(identity_.get(), "token", O_WRONLY | O_CREAT | O_CLOEXEC, 0444));
              if (write(file.get(), "x", 1) != 1) return "write";
              std::string text;
              std::ifstream("/run/hearth/token") >> text;
              return text == "x" ? "" : "read";
            }),
            "");
}

TEST_F(RootFilesystemTest, ProcHasProcessesAndNothingElse) {
  EXPECT_EQ(Inside([] { return fs::exists("/proc/sys") || !fs::exists("/proc/self") ? "wrong" : ""; }), "");
}

TEST_F(RootFilesystemTest, ADirectoryThatIsNoMountPointIsNoRoot) { EXPECT_FALSE(PivotInto("/nonexistent").ok()); }

}  // namespace
}  // namespace hearth::worker
