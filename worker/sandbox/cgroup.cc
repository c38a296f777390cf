#include "worker/sandbox/cgroup.h"

#include <fcntl.h>
#include <libcgroup.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "common/errors.h"
#include "fmt/format.h"

namespace hearth::worker {
namespace {

constexpr std::chrono::seconds kPredecessorLimit{5};

absl::StatusOr<int> DetectVersion() {
  if (const int failed = cgroup_init(); failed != 0) {
    return absl::FailedPreconditionError(fmt::format("no cgroups on this machine: {}", cgroup_strerror(failed)));
  }
  ASSIGN_OR_RETURN(const std::string memory, cgroup_internal::MountPoint("memory"));
  struct statfs info;
  if (statfs(memory.c_str(), &info) != 0) return ErrnoStatus("statfs " + memory);
  return info.f_type == CGROUP2_SUPER_MAGIC ? 2 : 1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Cgroups>> Cgroups::Open(const std::string& prefix, Clock& clock) {
  RETURN_IF_ERROR(CheckCgroupPrefix(prefix));
  ASSIGN_OR_RETURN(const int version, DetectVersion());
  const char* wanted = std::getenv("HEARTH_CGROUP_VERSION");
  if (wanted != nullptr && wanted != std::to_string(version)) {
    return absl::FailedPreconditionError(
        fmt::format("HEARTH_CGROUP_VERSION={}, but this machine's controllers are on cgroup v{}", wanted, version));
  }
  return version == 1 ? cgroup_internal::OpenV1(prefix, clock) : cgroup_internal::OpenV2(prefix, clock);
}

namespace cgroup_internal {

absl::StatusOr<std::string> MountPoint(const std::string& controller) {
  char* found = nullptr;
  if (cgroup_get_subsys_mount_point(controller.c_str(), &found) != 0 || found == nullptr) {
    return absl::FailedPreconditionError(
        fmt::format("the cgroup controller \"{}\" is not mounted; see docs/sandbox_security.md", controller));
  }
  std::string path(found);
  free(found);
  return path;
}

absl::StatusOr<PrefixDirectory> MakePrefix(const std::string& mount_point, const std::string& prefix) {
  PrefixDirectory result{mount_point + "/" + prefix, {}};
  for (int attempt = 0; attempt < kMaxPrefixAttempts && !result.directory.valid(); ++attempt) {
    std::error_code error;
    std::filesystem::create_directories(result.path, error);
    if (error && error != std::errc::no_such_file_or_directory) {
      return ErrnoStatus("create " + result.path, error.value());
    }
    result.directory = UniqueFd(open(result.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!result.directory.valid() && errno != ENOENT) break;
  }
  if (!result.directory.valid()) return ErrnoStatus("open " + result.path);
  return result;
}

absl::Status LockPrefix(const PrefixDirectory& prefix, Clock& clock) {
  const bool locked =
      WaitUntil(clock, kPredecessorLimit, [&] { return flock(prefix.directory.get(), LOCK_EX | LOCK_NB) == 0; });
  if (locked) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("another launcher still uses {}; give each worker its own name", prefix.path));
}

bool StillThere(const PrefixDirectory& prefix) {
  struct stat open_one;
  struct stat named_one;
  return fstat(prefix.directory.get(), &open_one) == 0 && stat(prefix.path.c_str(), &named_one) == 0 &&
         open_one.st_dev == named_one.st_dev && open_one.st_ino == named_one.st_ino;
}

void RemovePrefixDirectory(const PrefixDirectory& directory) {
  const UniqueFd parent(openat(directory.directory.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.valid()) RemoveGroup(parent, directory.path.substr(directory.path.rfind('/') + 1)).IgnoreError();
}

absl::StatusOr<UniqueFd> MakeGroup(const UniqueFd& prefix, const std::string& id) {
  if (mkdirat(prefix.get(), id.c_str(), 0755) != 0) return ErrnoStatus("make cgroup " + id);
  return OpenFile(prefix, id.c_str(), O_RDONLY | O_DIRECTORY);
}

absl::StatusOr<UniqueFd> OpenFile(const UniqueFd& directory, const char* name, int flags) {
  UniqueFd file(openat(directory.get(), name, flags | O_CLOEXEC));
  if (!file.valid()) return ErrnoStatus(fmt::format("open cgroup file {}", name));
  return file;
}

absl::Status WriteFile(const UniqueFd& directory, const char* name, std::string_view text) {
  ASSIGN_OR_RETURN(const UniqueFd file, OpenFile(directory, name, O_WRONLY));
  if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return ErrnoStatus(fmt::format("write {} to cgroup file {}", text, name));
  }
  return absl::OkStatus();
}

bool HasFile(const UniqueFd& directory, const char* name) { return faccessat(directory.get(), name, F_OK, 0) == 0; }

absl::Status RemoveGroup(const UniqueFd& prefix, const std::string& id) {
  if (unlinkat(prefix.get(), id.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return absl::OkStatus();
  if (errno == EBUSY) return absl::UnavailableError(fmt::format("cgroup {} still has processes", id));
  return ErrnoStatus("remove cgroup " + id);
}

absl::StatusOr<int> KillAllBelow(const std::string& path) {
  int found = 0;
  std::error_code error;
  for (auto entry = std::filesystem::recursive_directory_iterator(path, error);
       !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->path().filename() != "cgroup.procs") continue;
    std::ifstream processes(entry->path());
    for (pid_t pid = 0; processes >> pid;) {
      if (pid <= 1 || pid == getpid()) continue;
      kill(pid, SIGKILL);
      ++found;
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) return ErrnoStatus("walk " + path, error.value());
  return found;
}

bool WaitUntil(Clock& clock, std::chrono::milliseconds limit, const std::function<bool()>& done) {
  constexpr int kPollMillis = 5;
  const MonotonicTime deadline = clock.Monotonic() + limit;
  while (!done()) {
    if (clock.Monotonic() >= deadline) return false;
    poll(nullptr, 0, kPollMillis);
  }
  return true;
}

}  // namespace cgroup_internal
}  // namespace hearth::worker
