#include "controller/process.h"

#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <filesystem>

#include "common/errors.h"
#include "common/process.h"

namespace hearth::controller {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// The folder and all below it, unless it is theirs already; links are not followed.
absl::Status GiveTo(uid_t uid, gid_t gid, const std::string& directory) {
  struct stat info {};
  if (lstat(directory.c_str(), &info) == 0 && info.st_uid == uid) return absl::OkStatus();
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(directory, error), end; it != end && !error;
       it.increment(error)) {
    if (lchown(it->path().c_str(), uid, gid) != 0) return ErrnoStatus(fmt::format("chown {}", it->path().string()));
  }
  if (error) return absl::InternalError(fmt::format("list {}: {}", directory, error.message()));
  // Last: a hand-over that was interrupted is taken up again.
  if (lchown(directory.c_str(), uid, gid) != 0) return ErrnoStatus(fmt::format("chown {}", directory));
  return absl::OkStatus();
}

}  // namespace

absl::Status ProtectProcess() {
  umask(077);
  return ForbidCoreDumps();
}

absl::Status MakeFolder(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);  // the umask keeps others out
  if (error) return absl::InternalError(fmt::format("create {}: {}", directory, error.message()));
  return absl::OkStatus();
}

absl::Status GiveUpRoot(const std::string& user, const std::string& directory) {
  if (user.empty() || geteuid() != 0) return absl::OkStatus();
  const struct passwd* entry = getpwnam(user.c_str());
  if (entry == nullptr) {
    return absl::NotFoundError(fmt::format("controller.user: there is no user {} on this machine", user));
  }
  RETURN_IF_ERROR(GiveTo(entry->pw_uid, entry->pw_gid, directory));
  return BecomeUser(user);
}

void BlockStopSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

bool WaitForStop(std::optional<std::chrono::milliseconds> timeout) {
  const sigset_t signals = StopSignals();
  while (true) {
    if (!timeout) {
      if (sigwaitinfo(&signals, nullptr) > 0) return true;
      continue;  // a debugger or SIGCONT
    }
    const struct timespec wait { timeout->count() / 1000, (timeout->count() % 1000) * 1000000 };
    if (sigtimedwait(&signals, nullptr, &wait) > 0) return true;
    if (errno != EINTR) return false;
  }
}

absl::StatusOr<std::string> ProgramDirectory() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return absl::InternalError(fmt::format("read /proc/self/exe: {}", error.message()));
  return program.parent_path().string();
}

absl::StatusOr<std::string> MachineArchitecture() {
  struct utsname names {};
  if (uname(&names) != 0) return ErrnoStatus("uname");
  const std::string machine = names.machine;
  if (machine == "x86_64") return machine;
  if (machine == "aarch64") return std::string("arm64");
  return absl::FailedPreconditionError(fmt::format("functions cannot run on {}", machine));
}

}  // namespace hearth::controller
