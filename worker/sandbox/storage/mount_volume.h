// MountVolume mounts an ext4 file system from a block device, attached to no directory yet.
//
// Errors:  names the step the kernel refused.
// Threads: any.
// Source:  fsopen(2), fsmount(2); ext4(5).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace hearth::worker {

absl::StatusOr<UniqueFd> MountVolume(const std::string& device);

}  // namespace hearth::worker
