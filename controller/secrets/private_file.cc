#include "controller/secrets/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "common/errors.h"
#include "common/unique_fd.h"

namespace hearth::controller {
namespace {

constexpr int64_t kMaxPrivateFileBytes = 1 << 20;

absl::Status WriteAll(int fd, std::string_view contents, const std::string& path) {
  while (!contents.empty()) {
    const ssize_t written = write(fd, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoStatus(fmt::format("write {}", path));
    contents.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status SyncFolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const UniqueFd fd(open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || fsync(fd.get()) != 0) return ErrnoStatus(fmt::format("fsync folder {}", folder));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadPrivateFile(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return ErrnoStatus(fmt::format("open {}", path));
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus(fmt::format("stat {}", path));
  if ((info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(fmt::format("{}: group or others may access it; run chmod 600", path));
  }
  if (info.st_size > kMaxPrivateFileBytes) return absl::FailedPreconditionError(fmt::format("{}: too large", path));
  std::string contents(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < contents.size()) {
    const ssize_t count = pread(fd.get(), contents.data() + done, contents.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return ErrnoStatus(fmt::format("read {}", path), count == 0 ? EIO : errno);
    done += static_cast<size_t>(count);
  }
  return contents;
}

absl::Status WritePrivateFile(const std::string& path, std::string_view contents) {
  const std::string temporary = path + ".new";
  UniqueFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return ErrnoStatus(fmt::format("create {}", temporary));
  if (fchmod(fd.get(), 0600) != 0) return ErrnoStatus(fmt::format("chmod {}", temporary));
  RETURN_IF_ERROR(WriteAll(fd.get(), contents, temporary));
  if (fsync(fd.get()) != 0) return ErrnoStatus(fmt::format("fsync {}", temporary));
  fd.reset();
  if (rename(temporary.c_str(), path.c_str()) != 0) return ErrnoStatus(fmt::format("rename to {}", path));
  return SyncFolderOf(path);
}

}  // namespace hearth::controller
