#include "worker/sandbox/storage/loop_devices.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace hearth::worker {
namespace {

class LoopDevicesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    if (access("/dev/loop-control", F_OK) != 0) GTEST_SKIP() << "needs loop devices";
    ASSERT_EQ(ftruncate(file_.get(), 1 << 20), 0);
  }
  const UniqueFd file_{memfd_create("loop", MFD_CLOEXEC)};
};

TEST_F(LoopDevicesTest, ShowTheFileAsABlockDevice) {
  ASSERT_EQ(pwrite(file_.get(), "hello", 5, 4096), 5);
  const LoopDevices devices = LoopDevices::Open().value();
  const LoopDevices::Attached loop = devices.Attach(file_).value();
  char bytes[5] = {};
  EXPECT_EQ(pread(loop.device.get(), bytes, sizeof(bytes), 4096), 5);
  EXPECT_EQ(std::string(bytes, 5), "hello");
  EXPECT_EQ(loop.path.substr(0, 9), "/dev/loop");
}

TEST_F(LoopDevicesTest, LetGoOfTheFileByThemselves) {
  const LoopDevices devices = LoopDevices::Open().value();
  LoopDevices::Attached loop = devices.Attach(file_).value();
  loop_info64 info = {};
  ASSERT_EQ(ioctl(loop.device.get(), LOOP_GET_STATUS64, &info), 0);
  EXPECT_NE(info.lo_flags & LO_FLAGS_AUTOCLEAR, 0u);
}

TEST_F(LoopDevicesTest, AreTakenOnlyOnce) {
  const LoopDevices devices = LoopDevices::Open().value();
  const LoopDevices::Attached first = devices.Attach(file_).value();
  EXPECT_NE(devices.Attach(file_).value().path, first.path);
}

}  // namespace
}  // namespace hearth::worker
