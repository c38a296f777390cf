#include "worker/artifacts/package_writer.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "common/errors.h"
#include "fmt/format.h"

namespace hearth::worker {
namespace {

absl::Status WriteFailure(std::string_view what, std::string_view path) {
  const int error = errno;
  const std::string text = fmt::format("{} '{}'", what, path.substr(0, 200));
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(text + ": the disk is full");
  return ErrnoStatus(text, error);
}

UniqueFd OpenBeneath(int root_fd, const char* path, uint64_t flags, uint64_t mode) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return UniqueFd(static_cast<int>(syscall(SYS_openat2, root_fd, path, &how, sizeof(how))));
}

}  // namespace

absl::StatusOr<PackageWriter::Place> PackageWriter::OpenParent(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash);
  Place place{OpenBeneath(root_fd_, parent.c_str(), O_PATH | O_DIRECTORY, 0), path.substr(slash + 1)};
  if (!place.parent.valid()) return WriteFailure("open the directory of", path);
  return place;
}

absl::Status PackageWriter::MakeDirectory(const std::string& path) {
  ASSIGN_OR_RETURN(const Place place, OpenParent(path));
  if (mkdirat(place.parent.get(), place.name.c_str(), 0755) != 0) return WriteFailure("make the directory", path);
  return absl::OkStatus();
}

absl::StatusOr<UniqueFd> PackageWriter::CreateFile(const std::string& path, bool executable) {
  const uint64_t mode = executable ? 0755 : 0644;
  UniqueFd file = OpenBeneath(root_fd_, path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  if (!file.valid()) return WriteFailure("create", path);
  return file;
}

absl::Status PackageWriter::MakeLink(const std::string& path, const std::string& target) {
  ASSIGN_OR_RETURN(const Place place, OpenParent(path));
  if (symlinkat(target.c_str(), place.parent.get(), place.name.c_str()) != 0)
    return WriteFailure("make the link", path);
  return absl::OkStatus();
}

absl::Status PackageWriter::WriteAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t count = write(fd, data, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return WriteFailure("write", "a file of the package");
    data += count;
    size -= static_cast<size_t>(count);
  }
  return absl::OkStatus();
}

}  // namespace hearth::worker
