#include "worker/sandbox/storage/mount_volume.h"

#include <sys/mount.h>

#include "common/errors.h"
#include "fmt/format.h"

namespace hearth::worker {
namespace {

absl::Status Configure(const UniqueFd& context, const char* key, const char* value) {
  const auto command = value != nullptr ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
  if (fsconfig(context.get(), command, key, value, 0) != 0) return ErrnoStatus(fmt::format("mount option {}", key));
  return absl::OkStatus();
}

}  // namespace

// nobarrier: fsync(2) inside writes the volume's pages to its file and does not make the host's disk flush.
absl::StatusOr<UniqueFd> MountVolume(const std::string& device) {
  const UniqueFd context(fsopen("ext4", FSOPEN_CLOEXEC));
  if (!context.valid()) return ErrnoStatus("fsopen ext4");
  RETURN_IF_ERROR(Configure(context, "source", device.c_str()));
  for (const char* flag : {"nobarrier", "noinit_itable"}) RETURN_IF_ERROR(Configure(context, flag, nullptr));
  if (fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return ErrnoStatus("mount ext4");
  constexpr unsigned kAttributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME;
  UniqueFd mount(fsmount(context.get(), FSMOUNT_CLOEXEC, kAttributes));
  if (!mount.valid()) return ErrnoStatus("fsmount ext4");
  return mount;
}

}  // namespace hearth::worker
