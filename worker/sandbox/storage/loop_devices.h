// LoopDevices puts files behind block devices that let go of them by themselves.
//
// Shapes:  nodes are found below a directory of one's own: the launcher has given up the host's /dev.
// Errors:  Unavailable when every loop device it may use is taken; NotFound where the kernel has none.
// Threads: one.
// Source:  loop(4); LOOP_CONFIGURE (5.8), LO_FLAGS_AUTOCLEAR.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace hearth::worker {

inline constexpr int kMaxLoopDevices = 4096;

class LoopDevices {
 public:
  // Needs the host's /dev.
  static absl::StatusOr<LoopDevices> Open();

  // Makes nodes in `directory`, on a file system that allows devices, and uses them from now on as `seen_as`.
  absl::Status MakeNodes(const std::string& directory, const std::string& seen_as);

  struct Attached {
    UniqueFd device;  // the file is let go of when this and every mount of it are closed
    std::string path;
  };
  absl::StatusOr<Attached> Attach(const UniqueFd& file) const;

 private:
  explicit LoopDevices(UniqueFd control) : control_(std::move(control)) {}

  UniqueFd control_;
  std::string prefix_ = "/dev/loop";
};

}  // namespace hearth::worker
