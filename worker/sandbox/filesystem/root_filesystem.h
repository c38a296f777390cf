// One sandbox's file tree, completed inside its own mount namespace: the template, its code, its /tmp, its /proc.
//
// Errors:  names the mount that failed.
// Threads: in the sandbox's process before it executes hearth-init; the mounts die with its namespace.
// Source:  isolation checklist I15 to I18: a fresh proc of process entries only, no sysfs, no host mounts left.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace hearth::worker {

// Detached mounts made by CloneReadOnly and StackLayers.
struct SandboxMounts {
  int task = -1;     // -1: none yet
  int runtime = -1;  // -1: /var/runtime stays empty
  int passwd = -1;
  int64_t tmp_bytes = 0;
  int tmp = -1;       // a volume of tmp_bytes; -1: /tmp is memory
  int layers = -1;    // /opt; -1: none yet
  int identity = -1;  // -1: /run/hearth stays empty
};

// A detached file system of a few pages for the identity token: `owner` writes it, the sandbox reads it.
absl::StatusOr<UniqueFd> MakeIdentityMount(uint32_t owner);
absl::Status MountSandboxFiles(const SandboxMounts& mounts);
// What makes a sandbox a function's: task, runtime and layers, as far as they are there. `root` is the sandbox's.
absl::Status MountFunctionFiles(const SandboxMounts& mounts, const std::string& root);
// Makes `directory`, a mount point, the root of this process and lets go of the old root; the working directory is then
// /.
absl::Status PivotInto(const std::string& directory);

}  // namespace hearth::worker
