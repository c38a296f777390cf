#include "worker/sandbox/storage/tmp_volumes.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>

#include "gtest/gtest.h"
#include "worker/sandbox/in_child_test_support.h"

namespace hearth::worker {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMiB = int64_t{1} << 20;

class TmpVolumesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    if (access("/dev/loop-control", F_OK) != 0) GTEST_SKIP() << "needs loop devices";
    if (access("/sbin/mke2fs", X_OK) != 0) GTEST_SKIP() << "needs e2fsprogs";
    absl::StatusOr<std::unique_ptr<TmpVolumes>> volumes = TmpVolumes::Open(directory_, 0);
    ASSERT_TRUE(volumes.ok()) << volumes.status();
    volumes_ = *std::move(volumes);
  }
  void TearDown() override { fs::remove_all(directory_); }

  static std::string PathOf(const UniqueFd& volume) { return "/proc/self/fd/" + std::to_string(volume.get()); }
  static int64_t AvailableMiB(const UniqueFd& volume) {
    struct statvfs info = {};
    EXPECT_EQ(fstatvfs(volume.get(), &info), 0);
    return static_cast<int64_t>(info.f_bavail * info.f_frsize) / kMiB;
  }
  static int64_t Inodes(const UniqueFd& volume) {
    struct statvfs info = {};
    EXPECT_EQ(fstatvfs(volume.get(), &info), 0);
    return static_cast<int64_t>(info.f_files);
  }

  const std::string directory_ = testing::TempDir() + "tmp_volumes_" + std::to_string(getpid());
  std::unique_ptr<TmpVolumes> volumes_;
};

TEST_F(TmpVolumesTest, HoldWhatWasAskedForAndLittleMore) {
  for (const int64_t mib : {1, 16, 512, 513, 2048, 4096}) {
    const absl::StatusOr<UniqueFd> volume = volumes_->Take(mib * kMiB);
    ASSERT_TRUE(volume.ok()) << volume.status();
    EXPECT_GE(AvailableMiB(*volume), mib);
    EXPECT_LE(AvailableMiB(*volume), mib + 2);
  }
}

TEST_F(TmpVolumesTest, HaveAnInodeForEverySixteenKibibytes) {
  const absl::StatusOr<UniqueFd> volume = volumes_->Take(512 * kMiB);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_GE(Inodes(*volume), 512 * 64);
  EXPECT_LE(Inodes(*volume), 640 * 64);
}

TEST_F(TmpVolumesTest, AreEmptyAndEverybodysToWrite) {
  const absl::StatusOr<UniqueFd> volume = volumes_->Take(16 * kMiB);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_TRUE(fs::is_empty(PathOf(*volume)));
  struct stat info = {};
  ASSERT_EQ(fstat(volume->get(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 01777u);
}

TEST_F(TmpVolumesTest, AreFoundImpossibleAtOnceWhereSpaceCannotBeSetAside) {
  EXPECT_EQ(InChild([this]() -> std::string {
              if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                  mount("ramfs", directory_.c_str(), "ramfs", 0, nullptr) != 0) {
                return "cannot mount a file system without a size";
              }
              return TmpVolumes::Open(directory_, 0).ok() ? "opened" : "";
            }),
            "");
}

TEST_F(TmpVolumesTest, HaveNoNameAnywhere) {
  const absl::StatusOr<UniqueFd> volume = volumes_->Take(16 * kMiB);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_TRUE(fs::is_empty(directory_));
}

TEST_F(TmpVolumesTest, HoldNoDevicesAndNoSetUserIds) {
  const absl::StatusOr<UniqueFd> volume = volumes_->Take(16 * kMiB);
  ASSERT_TRUE(volume.ok()) << volume.status();
  struct statvfs info = {};
  ASSERT_EQ(fstatvfs(volume->get(), &info), 0);
  EXPECT_EQ(info.f_flag & (ST_NODEV | ST_NOSUID), static_cast<unsigned>(ST_NODEV | ST_NOSUID));
}

TEST_F(TmpVolumesTest, SetTheirSpaceAside) {
  struct statvfs before = {};
  ASSERT_EQ(statvfs(directory_.c_str(), &before), 0);
  const absl::StatusOr<UniqueFd> volume = volumes_->Take(512 * kMiB);
  ASSERT_TRUE(volume.ok()) << volume.status();
  // Other tests write to the same disk: only the greater part is looked for.
  struct statvfs after = {};
  ASSERT_EQ(statvfs(directory_.c_str(), &after), 0);
  EXPECT_GE(static_cast<int64_t>((before.f_bfree - after.f_bfree) * before.f_frsize), 256 * kMiB);
}

TEST_F(TmpVolumesTest, AreRefusedWhereTheDiskHasNotThatMuchLeft) {
  struct statvfs disk = {};
  ASSERT_EQ(statvfs(directory_.c_str(), &disk), 0);
  const auto everything = static_cast<int64_t>(disk.f_blocks * disk.f_frsize);
  volumes_ = TmpVolumes::Open(directory_, everything).value();
  EXPECT_TRUE(absl::IsResourceExhausted(volumes_->Take(16 * kMiB).status()));
}

TEST_F(TmpVolumesTest, OfTheUsualSizeAreStockedAndHandedOut) {
  while (volumes_->wants_stock()) volumes_->Stock();
  const absl::StatusOr<UniqueFd> first = volumes_->Take(512 * kMiB);
  EXPECT_TRUE(volumes_->wants_stock());
  const absl::StatusOr<UniqueFd> second = volumes_->Take(512 * kMiB);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(mkdir((PathOf(*first) + "/mine").c_str(), 0755), 0);
  EXPECT_TRUE(fs::is_empty(PathOf(*second)));
}

}  // namespace
}  // namespace hearth::worker
