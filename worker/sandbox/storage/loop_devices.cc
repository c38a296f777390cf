#include "worker/sandbox/storage/loop_devices.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "common/errors.h"
#include "fmt/format.h"

namespace hearth::worker {
namespace {

constexpr unsigned kLoopMajor = 7;
constexpr uint32_t kBlockBytes = 4096;  // the file systems' own
constexpr int kMaxAttempts = 64;        // others take loop devices too

}  // namespace

absl::StatusOr<LoopDevices> LoopDevices::Open() {
  UniqueFd control(open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!control.valid()) return ErrnoStatus("open /dev/loop-control");
  return LoopDevices(std::move(control));
}

absl::Status LoopDevices::MakeNodes(const std::string& directory, const std::string& seen_as) {
  for (int number = 0; number < kMaxLoopDevices; ++number) {
    const std::string path = fmt::format("{}/{}", directory, number);
    if (mknod(path.c_str(), S_IFBLK | 0600, makedev(kLoopMajor, static_cast<unsigned>(number))) != 0) {
      return ErrnoStatus("mknod " + path);
    }
  }
  prefix_ = seen_as + "/";
  return absl::OkStatus();
}

absl::StatusOr<LoopDevices::Attached> LoopDevices::Attach(const UniqueFd& file) const {
  loop_config config{};
  config.fd = static_cast<uint32_t>(file.get());
  config.block_size = kBlockBytes;
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const int number = ioctl(control_.get(), LOOP_CTL_GET_FREE);
    if (number < 0) return ErrnoStatus("find a free loop device");
    if (number >= kMaxLoopDevices) break;
    std::string path = fmt::format("{}{}", prefix_, number);
    UniqueFd device(open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!device.valid()) return ErrnoStatus("open " + path);
    if (ioctl(device.get(), LOOP_CONFIGURE, &config) == 0) return Attached{std::move(device), std::move(path)};
    if (errno != EBUSY) return ErrnoStatus("configure " + path);
  }
  return absl::UnavailableError("every loop device is in use");
}

}  // namespace hearth::worker
