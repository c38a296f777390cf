#include "worker/process_setup.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "common/errors.h"
#include "common/process.h"

namespace hearth::worker {

absl::StatusOr<UniqueFd> PrepareProcess() {
  RETURN_IF_ERROR(ForbidCoreDumps());
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return ErrnoStatus("getrlimit");
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) return ErrnoStatus("setrlimit");
  signal(SIGPIPE, SIG_IGN);
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  if (pthread_sigmask(SIG_BLOCK, &stop, nullptr) != 0) return ErrnoStatus("pthread_sigmask");
  UniqueFd notice(signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!notice.valid()) return ErrnoStatus("signalfd");
  return notice;
}

bool UserExists(const std::string& user) { return !user.empty() && getpwnam(user.c_str()) != nullptr; }

absl::Status MakeDirectory(const std::string& path, const std::string& user) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return absl::FailedPreconditionError(fmt::format("{}: {}", path, error.message()));
  const passwd* const entry = user.empty() ? nullptr : getpwnam(user.c_str());
  if (entry != nullptr && chown(path.c_str(), entry->pw_uid, entry->pw_gid) != 0) {
    return ErrnoStatus(fmt::format("giving {} to {}", path, user));
  }
  // Sandboxes bind what is below it, as users of their own.
  if (chmod(path.c_str(), 0755) != 0) return ErrnoStatus(fmt::format("chmod {}", path));
  return absl::OkStatus();
}

}  // namespace hearth::worker
