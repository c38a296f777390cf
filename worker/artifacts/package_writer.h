// PackageWriter makes the files of a package beneath one directory and nowhere else.
//
// Shapes:  paths are PackageTree's. Files are 0644, or 0755 when executable; directories 0755: any sandbox uid may
// read. Errors:  ResourceExhausted when the disk is full; else as errno says. A path through a link or out of the
// directory
//          is refused by the kernel: openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS.
// Threads: one at a time.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace hearth::worker {

class PackageWriter {
 public:
  explicit PackageWriter(int root_fd) : root_fd_(root_fd) {}

  absl::Status MakeDirectory(const std::string& path);
  // A new, empty file to write to.
  absl::StatusOr<UniqueFd> CreateFile(const std::string& path, bool executable);
  absl::Status MakeLink(const std::string& path, const std::string& target);

  static absl::Status WriteAll(int fd, const char* data, size_t size);

 private:
  struct Place {
    UniqueFd parent;
    std::string name;
  };
  absl::StatusOr<Place> OpenParent(const std::string& path);

  const int root_fd_;
};

}  // namespace hearth::worker
