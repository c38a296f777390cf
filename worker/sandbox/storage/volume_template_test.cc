#include "worker/sandbox/storage/volume_template.h"

#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>

#include "gtest/gtest.h"
#include "worker/sandbox/storage/mount_volume.h"

namespace hearth::worker {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr VolumeTemplate::Geometry kSmall{8192, 4};  // 128 MiB in all

class VolumeTemplateTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    if (access("/dev/loop-control", F_OK) != 0) GTEST_SKIP() << "needs loop devices";
    if (access("/sbin/mke2fs", X_OK) != 0) GTEST_SKIP() << "needs e2fsprogs";
    std::filesystem::create_directories(directory_);
    devices_.emplace(LoopDevices::Open().value());
    template_.emplace(VolumeTemplate::Make(kSmall, directory_, *devices_).value());
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  const std::string directory_ = testing::TempDir() + "volume_template_" + std::to_string(getpid());
  std::optional<LoopDevices> devices_;
  std::optional<VolumeTemplate> template_;
};

TEST_F(VolumeTemplateTest, ALargerVolumeHasMoreGroups) {
  EXPECT_EQ(template_->FileBytes(1 * kMiB), 32 * kMiB);
  EXPECT_EQ(template_->FileBytes(40 * kMiB), 64 * kMiB);
}

TEST_F(VolumeTemplateTest, WhatItsGroupsCannotHoldIsRefused) { EXPECT_EQ(template_->FileBytes(128 * kMiB), 0); }

TEST_F(VolumeTemplateTest, LeavesNothingInItsDirectory) { EXPECT_TRUE(std::filesystem::is_empty(directory_)); }

TEST_F(VolumeTemplateTest, WritesAFileSystemTheKernelMountsInEverySize) {
  for (const int64_t mib : {1, 31, 40, 64, 100}) {
    const UniqueFd file(memfd_create("volume", MFD_CLOEXEC));
    ASSERT_EQ(ftruncate(file.get(), template_->FileBytes(mib * kMiB)), 0);
    ASSERT_TRUE(template_->Write(file, mib * kMiB).ok());
    const LoopDevices::Attached loop = devices_->Attach(file).value();
    const absl::StatusOr<UniqueFd> mount = MountVolume(loop.path);
    ASSERT_TRUE(mount.ok()) << mount.status();
    struct statvfs info = {};
    ASSERT_EQ(fstatvfs(mount->get(), &info), 0);
    EXPECT_EQ(static_cast<int64_t>(info.f_bavail * info.f_frsize), mib * kMiB + kMiB);
  }
}

}  // namespace
}  // namespace hearth::worker
