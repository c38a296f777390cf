#include "worker/sandbox/storage/mount_volume.h"

#include <sys/mman.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "worker/sandbox/storage/loop_devices.h"

namespace hearth::worker {
namespace {

TEST(MountVolumeTest, RefusesWhatIsNoFileSystem) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  if (access("/dev/loop-control", F_OK) != 0) GTEST_SKIP() << "needs loop devices";
  const UniqueFd zeros(memfd_create("zeros", MFD_CLOEXEC));
  ASSERT_EQ(ftruncate(zeros.get(), 1 << 20), 0);
  const LoopDevices::Attached loop = LoopDevices::Open()->Attach(zeros).value();
  EXPECT_TRUE(absl::IsInvalidArgument(MountVolume(loop.path).status()));
}

TEST(MountVolumeTest, NamesTheStepThatFailed) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const absl::Status status = MountVolume("/nowhere").status();
  EXPECT_NE(std::string(status.message()).find("mount ext4"), std::string::npos) << status;
}

}  // namespace
}  // namespace hearth::worker
