#include "worker/sandbox/privileges.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iterator>
#include <memory>

#include "common/errors.h"
#include "common/limits.h"
#include "common/unique_fd.h"

namespace hearth::worker {
namespace {

constexpr cap_value_t kLauncherCapabilities[] = {
    CAP_SYS_ADMIN,        // namespaces, mounts, cgroup files
    CAP_NET_ADMIN,        // loopback up, in the new network only
    CAP_SETUID,           // a clone's ids
    CAP_SETGID,           //
    CAP_SETPCAP,          // a clone's bounding set and securebits
    CAP_KILL,             // SIGKILL for processes of another uid
    CAP_CHOWN,            // pipes given to a sandbox's uid
    CAP_DAC_READ_SEARCH,  // code directories inside the worker's private data directory
    CAP_SYS_CHROOT,       // setns into a parked sandbox's mount namespace asks for it
    CAP_SYS_RESOURCE,     // oom_score_adj that cannot be lowered again
};

// Root means nothing, and no capability comes back by a change of ids, by KEEPCAPS or as an ambient one; for good.
constexpr unsigned kLockedSecurebits = (SECURE_ALL_BITS & ~SECBIT_KEEP_CAPS) | SECURE_ALL_LOCKS;

struct FreeCapabilities {
  void operator()(cap_t state) const { cap_free(state); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCapabilities>;

bool KeptByLauncher(cap_value_t capability) {
  return std::find(std::begin(kLauncherCapabilities), std::end(kLauncherCapabilities), capability) !=
         std::end(kLauncherCapabilities);
}

absl::Status SetLimit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard) {
  rlimit current;
  if (getrlimit(resource, &current) != 0) return ErrnoStatus("getrlimit");
  // A launcher without CAP_SYS_RESOURCE cannot raise a hard limit; what it may give is then the most there is.
  const rlimit wanted{std::min(soft, current.rlim_max), std::min(hard, current.rlim_max)};
  if (setrlimit(resource, &wanted) != 0) return ErrnoStatus("setrlimit");
  return absl::OkStatus();
}

// What cap_set_mode(CAP_MODE_NOPRIV) does, without its 200 system calls: the launcher's own bounding set is short.
absl::Status DropAllCapabilities() {
  for (cap_value_t capability = 0; cap_get_bound(capability) >= 0; ++capability) {
    if (cap_get_bound(capability) > 0 && cap_drop_bound(capability) != 0) return ErrnoStatus("empty the bounding set");
  }
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return ErrnoStatus("empty the ambient set");
  if (cap_set_secbits(kLockedSecurebits) != 0) return ErrnoStatus("lock securebits");
  const Capabilities none(cap_init());
  if (none == nullptr || cap_set_proc(none.get()) != 0) return ErrnoStatus("drop all capabilities");
  return absl::OkStatus();
}

}  // namespace

absl::Status KeepOnlyLauncherCapabilities() {
  const Capabilities now(cap_get_proc());
  const Capabilities kept(cap_init());
  if (now == nullptr || kept == nullptr) return ErrnoStatus("read the launcher's capabilities");
  for (cap_value_t capability = 0; cap_get_bound(capability) >= 0; ++capability) {
    cap_flag_value_t permitted = CAP_CLEAR;
    cap_get_flag(now.get(), capability, CAP_PERMITTED, &permitted);
    if (KeptByLauncher(capability) && permitted == CAP_SET) {
      cap_set_flag(kept.get(), CAP_PERMITTED, 1, &capability, CAP_SET);
      cap_set_flag(kept.get(), CAP_EFFECTIVE, 1, &capability, CAP_SET);
    } else if (cap_get_bound(capability) > 0 && cap_drop_bound(capability) != 0) {
      return ErrnoStatus("drop a capability from the bounding set");
    }
  }
  if (cap_set_proc(kept.get()) != 0) return ErrnoStatus("reduce the launcher's capabilities");
  return absl::OkStatus();
}

absl::Status SetResourceLimits() {
  constexpr rlim_t kStackBytes = 8 * 1024 * 1024;
  constexpr rlim_t kLockedBytes = 64 * 1024;
  for (const auto resource : {RLIMIT_NPROC, RLIMIT_AS, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_CPU, RLIMIT_RSS}) {
    RETURN_IF_ERROR(SetLimit(resource, RLIM_INFINITY, RLIM_INFINITY));
  }
  RETURN_IF_ERROR(SetLimit(RLIMIT_NOFILE, kMaxOpenFilesPerProcess, kMaxOpenFilesPerProcess));
  RETURN_IF_ERROR(SetLimit(RLIMIT_STACK, kStackBytes, RLIM_INFINITY));
  RETURN_IF_ERROR(SetLimit(RLIMIT_MEMLOCK, kLockedBytes, kLockedBytes));
  RETURN_IF_ERROR(SetLimit(RLIMIT_RTPRIO, 0, 0));
  RETURN_IF_ERROR(SetLimit(RLIMIT_NICE, 0, 0));
  return SetLimit(RLIMIT_CORE, 0, 0);
}

absl::Status PreferForOomKill() {
  constexpr char kScore[] = "500";
  const UniqueFd file(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (!file.valid() || write(file.get(), kScore, sizeof(kScore) - 1) < 0) return ErrnoStatus("oom_score_adj");
  return absl::OkStatus();
}

absl::Status BecomeUnprivileged(uint32_t id) {
  // A kernel without keyrings has none to leave.
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) < 0 && errno != ENOSYS) return ErrnoStatus("keyctl");
  // Keeps the capabilities across setresuid, so that the bounding set can still be emptied by the last call.
  if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) != 0) return ErrnoStatus("set securebits");
  if (setgroups(0, nullptr) != 0) return ErrnoStatus("setgroups");
  if (setresgid(id, id, id) != 0) return ErrnoStatus("setresgid");
  if (setresuid(id, id, id) != 0) return ErrnoStatus("setresuid");
  RETURN_IF_ERROR(DropAllCapabilities());
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return ErrnoStatus("no_new_privs");
  // After the change of ids, which clears it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return ErrnoStatus("parent-death signal");
  return absl::OkStatus();
}

}  // namespace hearth::worker
