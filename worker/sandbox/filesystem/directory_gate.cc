#include "worker/sandbox/filesystem/directory_gate.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "absl/strings/str_split.h"
#include "common/errors.h"
#include "fmt/format.h"

namespace hearth::worker {
namespace {

constexpr size_t kMaxPathBytes = 4096;

absl::StatusOr<UniqueFd> OpenBeneath(int root, const std::string& relative, std::string_view shown) {
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  UniqueFd directory(static_cast<int>(syscall(SYS_openat2, root, relative.c_str(), &how, sizeof(how))));
  if (directory.valid()) return directory;
  if (errno == ELOOP || errno == EXDEV) {
    return absl::PermissionDeniedError(fmt::format("{}: symbolic links are not followed", shown));
  }
  return ErrnoStatus(fmt::format("open directory {}", shown));
}

}  // namespace

absl::Status CheckAbsolutePath(std::string_view path) {
  if (path.size() < 2 || path.size() > kMaxPathBytes || path[0] != '/' || path.find('\0') != path.npos) {
    return absl::InvalidArgumentError("a directory must be an absolute path of 2 to 4096 bytes, not /");
  }
  for (absl::string_view part : absl::StrSplit(absl::string_view(path.data() + 1, path.size() - 1), '/')) {
    if (part.empty() || part == "." || part == "..") {
      return absl::InvalidArgumentError(fmt::format("{}: write the path without //, . and ..", path));
    }
  }
  return absl::OkStatus();
}

absl::Status DirectoryGate::Allow(std::string name, const std::string& at) {
  RETURN_IF_ERROR(CheckAbsolutePath(name));
  UniqueFd directory(open(at.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return ErrnoStatus(fmt::format("open the allowed root {}", name));
  roots_.push_back({std::move(name), std::move(directory)});
  return absl::OkStatus();
}

absl::StatusOr<UniqueFd> DirectoryGate::Open(std::string_view path) const {
  RETURN_IF_ERROR(CheckAbsolutePath(path));
  for (const Root& root : roots_) {
    if (path.size() > root.name.size() && path.substr(0, root.name.size()) == root.name &&
        path[root.name.size()] == '/') {
      return OpenBeneath(root.directory.get(), std::string(path.substr(root.name.size() + 1)), path);
    }
  }
  return absl::PermissionDeniedError(fmt::format("{} is not below an allowed root of the launcher", path));
}

}  // namespace hearth::worker
