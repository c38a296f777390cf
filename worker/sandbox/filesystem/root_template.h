// The launcher's own file tree: a small private root that holds the template every sandbox's root is copied from.
//
// EnterPrivateRoot builds it once and moves the process into it; afterwards the host's files are out of reach, but for
// the read-only trees of the template and the directories code may come from. A sandbox's clone copies these few
// mounts.
//
// Layout:  kTemplateRoot   the sandbox's root: the host's /usr read-only, links, a minimal /etc, /dev with five nodes
//          kAllowedRoot    --allowed-root       kRuntimesRoot   --runtimes-root
//          kInitProgram    a copy of hearth-init, so that nothing inside ever holds the host's file open
//          kNoLayers       the /opt of a function without layers
//          kUsers          one passwd file per live sandbox
//          kLoops          nodes of the kernel's loop devices, for the volumes of /tmp
//          /proc           the host's
// Errors:  names the mount or file that failed; the launcher then ends.
// Threads: once, before anything else of the launcher runs; needs CAP_SYS_ADMIN and CAP_MKNOD.
// Source:  mount_namespaces(7), pivot_root(2), filesystem-hierarchy; semantics of Lambda's /var/task, /var/runtime,
// /opt.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"
#include "worker/sandbox/storage/loop_devices.h"

namespace hearth::worker {

inline constexpr char kTemplateRoot[] = "/rootfs";
inline constexpr char kAllowedRoot[] = "/allowed";
inline constexpr char kRuntimesRoot[] = "/runtimes";
inline constexpr char kInitProgram[] = "/hearth-init";
inline constexpr char kNoLayers[] = "/no-layers";
inline constexpr char kUsers[] = "/users";
inline constexpr char kLoops[] = "/loops";
inline constexpr char kSandboxHostname[] = "hearth";

struct PrivateRootOptions {
  std::string allowed_root;
  std::string runtimes_root;  // empty: none
  std::string init_binary;
  LoopDevices* loops = nullptr;  // nullptr: none are used
};

absl::Status EnterPrivateRoot(const PrivateRootOptions& options);

// A detached read-only, nosuid, nodev mount of a directory or file, to be moved into a sandbox.
absl::StatusOr<UniqueFd> CloneReadOnly(int path_descriptor);

// The passwd file that names `uid` sbx_user1051, as on AWS; removed again by RemovePasswd.
absl::StatusOr<UniqueFd> MakePasswdMount(uint32_t uid);
void RemovePasswd(uint32_t uid);

}  // namespace hearth::worker
