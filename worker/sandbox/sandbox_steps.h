// StartSandbox runs the ordered steps that turn a clone of the launcher into process 1 of a sandbox; MountInSandbox
// brings a function's files into one that was started without.
//
// Errors:  the step that failed, with errno; nothing of the clone is left then.
// Threads: the launcher's only one; blocks until hearth-init runs, a few milliseconds, at most kStartLimit.
// Lifetime: the descriptors of a plan stay the caller's.
// Source:  nsjail's containProc is the model; docs/sandbox_security.md has the same list with the reasons.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"
#include "worker/sandbox/filesystem/root_filesystem.h"
#include "worker/sandbox/seccomp_filter.h"

namespace hearth::worker {

inline constexpr std::chrono::seconds kSandboxStartLimit{10};

struct SandboxPlan {
  uint32_t uid = 0;               // on the host, this sandbox's alone; also its gid
  std::vector<int> cgroup_tasks;  // v1
  int cgroup_directory = -1;      // v2
  SandboxMounts mounts;
  int output = -1;        // becomes stdout and stderr
  int telemetry = -1;     // becomes kInitTelemetryFd
  int control = -1;       // becomes kInitControlFd
  int init_program = -1;  // executed last
  const SeccompFilter* seccomp = nullptr;
  bool parked = false;  // files come later: the mount namespace is handed out
};

struct StartedSandbox {
  UniqueFd process;               // pidfd of hearth-init
  UniqueFd runtime_api_listener;  // from inside its network namespace
  UniqueFd mount_namespace;       // of a parked sandbox; it keeps the mounts alive, so it must not outlive the process
};

absl::StatusOr<StartedSandbox> StartSandbox(const SandboxPlan& plan);

// The function's mounts of `mounts`, made in that namespace by a child that ends with it. What may look on there must
// not be the function's: a path is walked with the launcher's privilege.
absl::Status MountInSandbox(int mount_namespace, const SandboxMounts& mounts);

}  // namespace hearth::worker
