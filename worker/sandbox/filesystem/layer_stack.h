// StackLayers makes the detached mount of /opt: one layer as it is, several merged by a read-only overlay.
//
// Shapes:  directories in the order of the function's list: a later one covers an earlier one.
// Errors:  names the step that failed.
// Threads: the launcher's only one; needs CAP_SYS_ADMIN in the initial user namespace and /proc.
// Source:  Documentation/filesystems/overlayfs.rst, "Multiple lower layers"; fsconfig(2); docs/decisions/0008.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace hearth::worker {

// Precondition: at least one, at most kMaxLayersPerFunction, O_PATH descriptors.
absl::StatusOr<UniqueFd> StackLayers(const std::vector<UniqueFd>& layers);

}  // namespace hearth::worker
