#include "common/process.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/errors.h"

namespace hearth {

absl::Status ForbidCoreDumps() {
  const struct rlimit none { 0, 0 };
  if (setrlimit(RLIMIT_CORE, &none) != 0) return ErrnoStatus("setrlimit RLIMIT_CORE");
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return ErrnoStatus("prctl PR_SET_DUMPABLE");
  return absl::OkStatus();
}

absl::Status BecomeUser(const std::string& user) {
  const struct passwd* const entry = getpwnam(user.c_str());
  if (entry == nullptr) return absl::NotFoundError(fmt::format("there is no user {} on this machine", user));
  const uid_t uid = entry->pw_uid;
  const gid_t gid = entry->pw_gid;
  if (initgroups(user.c_str(), gid) != 0) return ErrnoStatus(fmt::format("initgroups {}", user));
  if (setresgid(gid, gid, gid) != 0) return ErrnoStatus(fmt::format("setresgid {}", gid));
  if (setresuid(uid, uid, uid) != 0) return ErrnoStatus(fmt::format("setresuid {}", uid));
  if (uid != 0 && setuid(0) == 0) return absl::InternalError("root can be had back");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return ErrnoStatus("prctl PR_SET_NO_NEW_PRIVS");
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return ErrnoStatus("prctl PR_SET_DUMPABLE");
  return absl::OkStatus();
}

absl::Status DieWithParent(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0) return ErrnoStatus("prctl PR_SET_PDEATHSIG");
  // It may have ended before the line above; then we belong to another already.
  if (getppid() != parent) return absl::CancelledError("the process that started this one has ended");
  return absl::OkStatus();
}

}  // namespace hearth
