// hearth-launcher: root, one thread, child of the worker; makes sandboxes and removes them. See launcher.h.
//
// Everything that needs the host's file tree happens before EnterPrivateRoot; then the process gives up the network,
// the tree and most capabilities, and serves descriptor 3.
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "CLI/CLI.hpp"
#include "common/clock.h"
#include "common/errors.h"
#include "fmt/format.h"
#include "worker/sandbox/filesystem/root_template.h"
#include "worker/sandbox/launcher.h"
#include "worker/sandbox/privileges.h"

namespace hearth::worker {
namespace {

constexpr int kWorkerSocket = 3;

struct Flags {
  std::string cgroup_prefix;
  PrivateRootOptions root;
  UidRange uids{200000, 4096};
};

absl::Status CheckFlags(const Flags& flags) {
  if (geteuid() != 0) return absl::PermissionDeniedError("hearth-launcher must be started by root");
  RETURN_IF_ERROR(CheckCgroupPrefix(flags.cgroup_prefix));
  RETURN_IF_ERROR(CheckAbsolutePath(flags.root.allowed_root));
  if (!flags.root.runtimes_root.empty()) RETURN_IF_ERROR(CheckAbsolutePath(flags.root.runtimes_root));
  struct stat info;
  if (fstat(kWorkerSocket, &info) != 0 || !S_ISSOCK(info.st_mode)) {
    return absl::FailedPreconditionError("descriptor 3 must be the worker's socket: hearth-worker starts this program");
  }
  return CheckUidRange(flags.uids);
}

// A worker that dies as root takes the launcher along at once; one that has dropped its privilege may not signal it,
// then the closed socket says the same.
absl::StatusOr<UniqueFd> PrepareProcess() {
  umask(022);
  if (chdir("/") != 0) return ErrnoStatus("chdir /");
  close_range(kWorkerSocket + 1, ~0U, 0);
  if (fcntl(kWorkerSocket, F_SETFD, FD_CLOEXEC) != 0) return ErrnoStatus("fcntl");
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return ErrnoStatus("PR_SET_DUMPABLE");
  if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) return ErrnoStatus("PR_SET_PDEATHSIG");
  rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return ErrnoStatus("getrlimit");
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) return ErrnoStatus("setrlimit");
  sigset_t stop;
  sigemptyset(&stop);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&stop, signal);
  if (sigprocmask(SIG_BLOCK, &stop, nullptr) != 0) return ErrnoStatus("sigprocmask");
  signal(SIGPIPE, SIG_IGN);
  UniqueFd told_to_stop(signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!told_to_stop.valid()) return ErrnoStatus("signalfd");
  return told_to_stop;
}

absl::StatusOr<DirectoryGate> OpenGate(const PrivateRootOptions& options) {
  DirectoryGate gate;
  RETURN_IF_ERROR(gate.Allow(options.allowed_root, kAllowedRoot));
  if (!options.runtimes_root.empty()) RETURN_IF_ERROR(gate.Allow(options.runtimes_root, kRuntimesRoot));
  return gate;
}

// Without loop devices or mke2fs, as in some containers, /tmp stays memory: said once, and no reason not to serve.
std::unique_ptr<TmpVolumes> OpenVolumes(const std::string& directory) {
  constexpr int64_t kKeepFreeBytes = int64_t{1} << 30;
  absl::StatusOr<std::unique_ptr<TmpVolumes>> volumes = TmpVolumes::Open(directory, kKeepFreeBytes);
  if (volumes.ok()) return *std::move(volumes);
  fmt::print(stderr, "hearth-launcher: /tmp of every sandbox counts as its memory: {}\n", volumes.status().ToString());
  return nullptr;
}

absl::Status Run(Flags& flags) {
  RETURN_IF_ERROR(CheckFlags(flags));
  ASSIGN_OR_RETURN(UniqueFd stop, PrepareProcess());
  RealClock clock;
  ASSIGN_OR_RETURN(std::unique_ptr<Cgroups> cgroups, Cgroups::Open(flags.cgroup_prefix, clock));
  ASSIGN_OR_RETURN(SeccompFilter sandbox_filter, SeccompFilter::ForSandbox());
  ASSIGN_OR_RETURN(const SeccompFilter own_filter, SeccompFilter::ForLauncher());
  std::unique_ptr<TmpVolumes> volumes = OpenVolumes(flags.root.allowed_root + "/volumes");
  if (volumes != nullptr) flags.root.loops = &volumes->devices();
  RETURN_IF_ERROR(EnterPrivateRoot(flags.root));
  ASSIGN_OR_RETURN(DirectoryGate gate, OpenGate(flags.root));
  UniqueFd init_program(open(kInitProgram, O_PATH | O_CLOEXEC));
  if (!init_program.valid()) return ErrnoStatus("open hearth-init");
  if (unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0) return ErrnoStatus("leave the host's network");
  RETURN_IF_ERROR(own_filter.Load());
  RETURN_IF_ERROR(KeepOnlyLauncherCapabilities());
  Launcher launcher({UniqueFd(kWorkerSocket), std::move(stop), std::move(init_program), std::move(gate),
                     std::move(cgroups), std::move(sandbox_filter), std::move(volumes), flags.uids},
                    clock);
  return launcher.Serve();
}

}  // namespace
}  // namespace hearth::worker

#if defined(__SANITIZE_ADDRESS__)
// The leak check traces the process, which the launcher forbids: itself by seccomp, others by not being dumpable.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

int main(int argc, char** argv) {
  hearth::worker::Flags flags;
  CLI::App app("Makes sandboxes for the hearth-worker that starts it; not to be started by hand.");
  app.add_option("--cgroup-prefix", flags.cgroup_prefix, "this worker's cgroups, e.g. hearth-dev/w0")->required();
  app.add_option("--allowed-root", flags.root.allowed_root, "code directories must be below it")->required();
  app.add_option("--runtimes-root", flags.root.runtimes_root, "installed runtimes");
  app.add_option("--init-binary", flags.root.init_binary, "hearth-init")->required();
  app.add_option("--uid-base", flags.uids.first, "first host uid of sandboxes")->capture_default_str();
  app.add_option("--uid-count", flags.uids.count, "how many: the most sandboxes at once")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status ended = hearth::worker::Run(flags);
  if (ended.ok()) return 0;
  fmt::print(stderr, "hearth-launcher: {}\n", ended.ToString());
  return 1;
}
