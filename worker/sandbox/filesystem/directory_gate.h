// DirectoryGate opens directories a less trusted process names, below roots fixed at start, without following symlinks.
//
// Shapes:  paths are absolute, without "." or "..", below one of the roots but not a root itself, at most 4096 bytes.
// Errors:  InvalidArgument for a malformed path, PermissionDenied for one outside the roots or through a symlink.
// Threads: any, after the last Allow.
// Source:  openat2(2), RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace hearth::worker {

class DirectoryGate {
 public:
  // Paths that begin with `name` are looked up below the directory `at`, where that root is to be found in this mount
  // namespace. Several roots may be allowed; the first whose name fits is used.
  absl::Status Allow(std::string name, const std::string& at);

  // An O_PATH descriptor of the directory.
  absl::StatusOr<UniqueFd> Open(std::string_view path) const;

 private:
  struct Root {
    std::string name;
    UniqueFd directory;
  };
  std::vector<Root> roots_;
};

// Absolute, normalised, not "/": what Open takes, and what a root's name must be.
absl::Status CheckAbsolutePath(std::string_view path);

}  // namespace hearth::worker
