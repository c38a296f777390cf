// Cgroups makes, limits and removes the control groups of a launcher's sandboxes, on cgroup v1 or v2.
//
// All groups live below one prefix, e.g. hearth-dev/w0; whatever an earlier launcher left there is killed and removed
// at Open. Afterwards the prefix is reached through open directories only: the launcher leaves the host's file tree.
//
// Entering a group is the sandbox's own first step, by the cheap way of each version: v1, the single-threaded clone
// writes "0" to each `tasks` file (a pid, or cgroup.procs, would wait 4 to 15 ms for a grace period of
// cgroup_threadgroup_rwsem); v2, clone3(CLONE_INTO_CGROUP).
//
// Errors:  FailedPrecondition says which controller is missing or that another launcher holds the prefix.
// Threads: one.
// Source:  Linux admin-guide/cgroup-v1, cgroup-v2.rst; libcgroup for discovery and for removing leftovers. Groups of
//          sandboxes are made by direct file I/O: 0.3 ms, where cgroup_create_cgroup takes 1.2 ms
//          (docs/decisions/0006).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/unique_fd.h"
#include "worker/sandbox/channel/cgroup_handle.h"

namespace hearth::worker {

struct CgroupLimits {
  int64_t memory_bytes = 0;  // kernel memory and tmpfs included; no swap
  int max_processes = 0;     // threads count, as the kernel counts them
  bool yields_cpu = false;   // runs when the other groups of the prefix leave time over
};

struct NewCgroup {
  CgroupFiles files;                 // for the worker
  std::vector<UniqueFd> task_files;  // v1: the clone writes "0" to each
  UniqueFd directory;                // v2: for CLONE_INTO_CGROUP
};

class Cgroups {
 public:
  // Detects the version (HEARTH_CGROUP_VERSION=1|2 insists on one), takes the prefix, cleans it, prepares it.
  static absl::StatusOr<std::unique_ptr<Cgroups>> Open(const std::string& prefix, Clock& clock);
  virtual ~Cgroups() = default;

  virtual int version() const = 0;
  virtual absl::StatusOr<NewCgroup> Create(const std::string& id, const CgroupLimits& limits) = 0;
  // Other limits for a group that lives; the number of processes stays.
  virtual absl::Status Limit(const std::string& id, const CgroupLimits& limits) = 0;
  virtual absl::Status Thaw(const std::string& id) = 0;
  // Unavailable while processes are still leaving: try again.
  virtual absl::Status Remove(const std::string& id) = 0;
  // At the launcher's end: removes the prefix itself. Sandboxes must be gone.
  virtual void RemovePrefix() = 0;
};

// "hearth…/…" of [A-Za-z0-9_.-] components: everything below it is ours to kill.
absl::Status CheckCgroupPrefix(std::string_view prefix);

// The implementations, by file.
namespace cgroup_internal {

absl::StatusOr<std::unique_ptr<Cgroups>> OpenV1(const std::string& prefix, Clock& clock);
absl::StatusOr<std::unique_ptr<Cgroups>> OpenV2(const std::string& prefix, Clock& clock);

// Where libcgroup finds `controller` mounted; FailedPrecondition when it is not.
absl::StatusOr<std::string> MountPoint(const std::string& controller);

// One hierarchy's directory of the prefix.
struct PrefixDirectory {
  std::string path;  // of the prefix, as the host sees it; valid until the launcher leaves the host's file tree
  UniqueFd directory;
};
// How often to open the prefix anew when a predecessor removes it in between.
inline constexpr int kMaxPrefixAttempts = 5;
// Makes the directories of the prefix below `mount_point` and opens the last.
absl::StatusOr<PrefixDirectory> MakePrefix(const std::string& mount_point, const std::string& prefix);
// One launcher per prefix: holds a lock on the directory, waiting for a predecessor that is still cleaning up.
absl::Status LockPrefix(const PrefixDirectory& prefix, Clock& clock);
// Whether the open directory is still the one its path names: the predecessor removes the prefix as its last act.
bool StillThere(const PrefixDirectory& prefix);
// Removes the prefix's own directory. Its parent stays, empty: in a hierarchy's root, which is mode 0555, removing
// needs CAP_DAC_OVERRIDE, and other workers may be about to use it.
void RemovePrefixDirectory(const PrefixDirectory& directory);

absl::StatusOr<UniqueFd> MakeGroup(const UniqueFd& prefix, const std::string& id);
absl::StatusOr<UniqueFd> OpenFile(const UniqueFd& directory, const char* name, int flags);
absl::Status WriteFile(const UniqueFd& directory, const char* name, std::string_view text);
bool HasFile(const UniqueFd& directory, const char* name);
absl::Status RemoveGroup(const UniqueFd& prefix, const std::string& id);

// SIGKILL for every process in `path` and below; how many were found.
absl::StatusOr<int> KillAllBelow(const std::string& path);
// Until `done` answers true, at most `limit`.
bool WaitUntil(Clock& clock, std::chrono::milliseconds limit, const std::function<bool()>& done);

}  // namespace cgroup_internal
}  // namespace hearth::worker
