#include "worker/sandbox/filesystem/root_template.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"
#include "worker/sandbox/in_child_test_support.h"

namespace hearth::worker {
namespace {

namespace fs = std::filesystem;

class RootTemplateTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    data_ = testing::TempDir() + "root_template_" + std::to_string(getpid());
    fs::create_directories(data_ + "/code");
  }
  void TearDown() override { fs::remove_all(data_); }

  // Runs `look` in the private root.
  std::string Inside(const std::function<std::string()>& look) {
    return InChild([&]() -> std::string {
      const absl::Status entered = EnterPrivateRoot({data_, "", "/bin/true"});
      return entered.ok() ? look() : entered.ToString();
    });
  }

  std::string data_;
};

TEST_F(RootTemplateTest, TheHostsFilesAreOutOfReach) {
  EXPECT_EQ(Inside([] { return fs::exists("/etc") || fs::exists("/root") ? "the host is there" : ""; }), "");
}

TEST_F(RootTemplateTest, TheAllowedRootIsThere) {
  EXPECT_EQ(Inside([] { return fs::is_directory(std::string(kAllowedRoot) + "/code") ? "" : "missing"; }), "");
}

TEST_F(RootTemplateTest, TheTemplateCannotBeWritten) {
  EXPECT_EQ(Inside([] {
              for (const char* at : {"", "/etc", "/dev", "/usr", "/var/task"}) {
                if (mkdir((std::string(kTemplateRoot) + at + "/x").c_str(), 0755) == 0) return at;
              }
              return "";
            }),
            "");
}

TEST_F(RootTemplateTest, SetuidProgramsOfTheHostLoseTheirPower) {
  EXPECT_EQ(Inside([] {
              struct statvfs info;
              statvfs((std::string(kTemplateRoot) + "/usr").c_str(), &info);
              constexpr unsigned long kWanted = ST_RDONLY | ST_NOSUID | ST_NODEV;
              return (info.f_flag & kWanted) == kWanted ? "" : "flags are missing";
            }),
            "");
}

TEST_F(RootTemplateTest, DevHoldsFiveNodes) {
  EXPECT_EQ(Inside([] {
              int nodes = 0;
              for (const auto& entry : fs::directory_iterator(std::string(kTemplateRoot) + "/dev")) {
                nodes += entry.is_character_file() && !entry.is_symlink() ? 1 : 0;
              }
              return std::to_string(nodes);
            }),
            "5");
}

TEST_F(RootTemplateTest, APasswdMountNamesTheSandboxsUser) {
  EXPECT_EQ(Inside([]() -> std::string {
              const absl::StatusOr<UniqueFd> mount = MakePasswdMount(234567);
              if (!mount.ok()) return mount.status().ToString();
              std::ifstream file(std::string(kUsers) + "/234567");
              std::string line;
              while (std::getline(file, line) && line.rfind("sbx_", 0) != 0) {
              }
              RemovePasswd(234567);
              return line.substr(0, 28);
            }),
            "sbx_user1051:x:234567:234567");
}

TEST_F(RootTemplateTest, AClonedMountIsReadOnly) {
  EXPECT_EQ(Inside([]() -> std::string {
              const UniqueFd directory(open(kUsers, O_PATH | O_DIRECTORY | O_CLOEXEC));
              const absl::StatusOr<UniqueFd> mount = CloneReadOnly(directory.get());
              if (!mount.ok()) return mount.status().ToString();
              return mkdirat(mount->get(), "x", 0755) != 0 && errno == EROFS ? "" : "writable";
            }),
            "");
}

}  // namespace
}  // namespace hearth::worker
