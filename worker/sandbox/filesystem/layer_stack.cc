#include "worker/sandbox/filesystem/layer_stack.h"

#include <sys/mount.h>

#include "common/errors.h"
#include "fmt/format.h"
#include "worker/sandbox/filesystem/root_template.h"

namespace hearth::worker {
namespace {

// The topmost comes first. Descriptors, not paths: what the gate has checked is what is mounted, the mount's options
// tell the tenant nothing about the host, and five of them fit the 256 bytes fsconfig takes.
std::string LowerDirectories(const std::vector<UniqueFd>& layers) {
  std::string lower;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    lower.append(lower.empty() ? "" : ":").append(fmt::format("/proc/self/fd/{}", layer->get()));
  }
  return lower;
}

absl::StatusOr<UniqueFd> MountOverlay(const std::string& lower) {
  const UniqueFd context(fsopen("overlay", FSOPEN_CLOEXEC));
  if (!context.valid()) return ErrnoStatus("overlayfs, which functions with several layers need");
  // The last two: nothing in a layer may send a look-up elsewhere.
  const std::pair<const char*, std::string> options[] = {
      {"source", "layers"}, {"lowerdir", lower}, {"redirect_dir", "nofollow"}, {"metacopy", "off"}};
  for (const auto& [key, value] : options) {
    if (fsconfig(context.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0) != 0) {
      return ErrnoStatus(fmt::format("overlayfs option {}", key));
    }
  }
  if (fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return ErrnoStatus("stack layers");
  UniqueFd mount(fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  if (!mount.valid()) return ErrnoStatus("mount stacked layers");
  return mount;
}

}  // namespace

absl::StatusOr<UniqueFd> StackLayers(const std::vector<UniqueFd>& layers) {
  if (layers.size() == 1) return CloneReadOnly(layers.front().get());
  return MountOverlay(LowerDirectories(layers));
}

}  // namespace hearth::worker
