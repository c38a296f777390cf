#include "controller/store/ballast.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>

#include "common/errors.h"
#include "common/unique_fd.h"

namespace hearth::controller {

absl::Status Ballast::Release() const {
  if (unlink(path_.c_str()) != 0 && errno != ENOENT) return ErrnoStatus(fmt::format("release ballast {}", path_));
  return absl::OkStatus();
}

absl::Status Ballast::Make(int64_t keep_free_bytes) const {
  if (size_bytes_ == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t free_bytes, FreeBytes(std::filesystem::path(path_).parent_path().string()));
  if (free_bytes - size_bytes_ < keep_free_bytes) {
    return absl::ResourceExhaustedError(
        fmt::format("ballast {}: {} bytes free, {} needed", path_, free_bytes, size_bytes_ + keep_free_bytes));
  }
  const UniqueFd fd(open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return ErrnoStatus(fmt::format("create ballast {}", path_));
  // A copy-on-write or network file system may not allocate ahead; then there is no reserve to keep.
  if (const int error = posix_fallocate(fd.get(), 0, size_bytes_); error != 0) {
    unlink(path_.c_str());
    return ErrnoStatus(fmt::format("allocate ballast {}", path_), error);
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> FreeBytes(const std::string& directory) {
  struct statvfs info {};
  if (statvfs(directory.c_str(), &info) != 0) return ErrnoStatus(fmt::format("statvfs {}", directory));
  return static_cast<int64_t>(info.f_bavail) * static_cast<int64_t>(info.f_frsize);
}

}  // namespace hearth::controller
