#include "worker/artifacts/extract_confinement.h"

#include <grp.h>
#include <linux/landlock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "common/errors.h"
#include "common/limits.h"
#include "common/unique_fd.h"

namespace hearth::worker {
namespace {

// Sanitizers reserve terabytes of address space and make calls of their own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr rlim_t kMaxCpuSeconds = 20;
constexpr rlim_t kMaxDataBytes = rlim_t{48} << 20;  // with the code and the libraries it stays below 64 MiB resident
constexpr rlim_t kMaxAddressSpaceBytes = rlim_t{512} << 20;
constexpr rlim_t kMaxOpenFiles = 16;

absl::Status CloseOtherDescriptors(int destination_fd) {
  const unsigned first = destination_fd >= 0 ? static_cast<unsigned>(destination_fd) + 1 : 3;
  if (close_range(first, ~0U, 0) != 0) return ErrnoStatus("close_range");
  return absl::OkStatus();
}

absl::Status BecomeUser(uint32_t uid, int destination_fd) {
  if (destination_fd >= 0 && (fchdir(destination_fd) != 0 || chroot(".") != 0)) return ErrnoStatus("chroot");
  if (setgroups(0, nullptr) != 0 || setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0) {
    return ErrnoStatus("become an unprivileged user");
  }
  return absl::OkStatus();
}

absl::Status Limit(__rlimit_resource resource, rlim_t value) {
  const rlimit limit{.rlim_cur = value, .rlim_max = value};
  if (setrlimit(resource, &limit) != 0) return ErrnoStatus("setrlimit");
  return absl::OkStatus();
}

absl::Status LimitResources() {
  RETURN_IF_ERROR(Limit(RLIMIT_CORE, 0));
  RETURN_IF_ERROR(Limit(RLIMIT_CPU, kMaxCpuSeconds));
  RETURN_IF_ERROR(Limit(RLIMIT_FSIZE, static_cast<rlim_t>(kMaxUnzippedBytes)));
  RETURN_IF_ERROR(Limit(RLIMIT_NOFILE, kMaxOpenFiles));
  RETURN_IF_ERROR(Limit(RLIMIT_NPROC, 0));
  if (kSanitized) return absl::OkStatus();
  RETURN_IF_ERROR(Limit(RLIMIT_DATA, kMaxDataBytes));
  return Limit(RLIMIT_AS, kMaxAddressSpaceBytes);
}

// Everything is denied but making files, directories and links beneath the destination.
absl::Status RestrictFileSystem(int destination_fd) {
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) return absl::OkStatus();
  landlock_ruleset_attr ruleset{};
  ruleset.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  if (abi >= 2) ruleset.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
  const UniqueFd rules(static_cast<int>(syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0)));
  if (!rules.valid()) return ErrnoStatus("landlock_create_ruleset");
  if (destination_fd >= 0) {
    landlock_path_beneath_attr beneath{};
    beneath.allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
                             LANDLOCK_ACCESS_FS_MAKE_SYM;
    beneath.parent_fd = destination_fd;
    if (syscall(SYS_landlock_add_rule, rules.get(), LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0) {
      return ErrnoStatus("landlock_add_rule");
    }
  }
  if (syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0) return ErrnoStatus("landlock_restrict_self");
  return absl::OkStatus();
}

}  // namespace

absl::Status Confine(const ExtractConfinement& confinement) {
  umask(0);
  signal(SIGXFSZ, SIG_IGN);  // a file past its limit is EFBIG, an answer
  RETURN_IF_ERROR(CloseOtherDescriptors(confinement.destination_fd));
  if (confinement.uid) RETURN_IF_ERROR(BecomeUser(*confinement.uid, confinement.destination_fd));
  // After the change of uid, which clears it: the helper does not outlive the thread that waits for it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return ErrnoStatus("PR_SET_PDEATHSIG");
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return ErrnoStatus("PR_SET_DUMPABLE");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return ErrnoStatus("PR_SET_NO_NEW_PRIVS");
  RETURN_IF_ERROR(LimitResources());
  RETURN_IF_ERROR(RestrictFileSystem(confinement.destination_fd));
  if (kSanitized) return absl::OkStatus();
  return LoadExtractSeccompFilter(confinement.destination_fd >= 0);
}

}  // namespace hearth::worker
