#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "common/errors.h"
#include "fmt/format.h"
#include "worker/sandbox/channel/fd_passing.h"
#include "worker/sandbox/channel/init_protocol.h"
#include "worker/sandbox/filesystem/root_template.h"
#include "worker/sandbox/namespaces.h"
#include "worker/sandbox/privileges.h"
#include "worker/sandbox/sandbox_steps.h"

namespace hearth::worker {
namespace {

absl::Status JoinCgroups(const std::vector<int>& task_files) {
  for (const int file : task_files) {
    if (write(file, "0", 1) != 1) return ErrnoStatus("join a cgroup");
  }
  return absl::OkStatus();
}

absl::Status HandOver(int status_socket, absl::StatusOr<UniqueFd> listener) {
  RETURN_IF_ERROR(listener.status());
  return SendPacket(status_socket, "listener", {listener->get()});
}

absl::Status NewSession() {
  if (setsid() < 0) return ErrnoStatus("setsid");
  umask(022);
  return absl::OkStatus();
}

// 0 /dev/null, 1 and 2 one pipe, 3 hearth-init's control socket, 62 the telemetry pipe; everything else closes with the
// exec. The launcher's descriptors may have any number, so they are moved out of the way first.
absl::Status ArrangeDescriptors(const SandboxPlan& plan) {
  constexpr int kOutOfTheWay = 100;
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0) return ErrnoStatus("open /dev/null");
  const struct {
    int from;
    int to;
  } moves[] = {{null, STDIN_FILENO},
               {plan.output, STDOUT_FILENO},
               {plan.output, STDERR_FILENO},
               {plan.control, kInitControlFd},
               {plan.telemetry, kInitTelemetryFd}};
  int safe[std::size(moves)];
  for (size_t i = 0; i < std::size(moves); ++i) {
    safe[i] = fcntl(moves[i].from, F_DUPFD_CLOEXEC, kOutOfTheWay);
    if (safe[i] < 0) return ErrnoStatus("move a descriptor out of the way");
  }
  if (close_range(0, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return ErrnoStatus("close_range");
  for (size_t i = 0; i < std::size(moves); ++i) {
    if (dup2(safe[i], moves[i].to) < 0) return ErrnoStatus("place a descriptor");
  }
  return absl::OkStatus();
}

absl::Status ExecuteInit(int program) {
  const char* const arguments[] = {"hearth-init", nullptr};
  const char* const environment[] = {nullptr};
  syscall(SYS_execveat, program, "", arguments, environment, AT_EMPTY_PATH);
  return ErrnoStatus("execute hearth-init");
}

// The sandbox, step by step. The order matters: each step needs privilege that a later one gives up.
// The clone has already made new pid, mount, ipc and uts namespaces (and, on cgroup v2, joined its group).
absl::Status ContainProcess(const SandboxPlan& plan, int status_socket) {
  RETURN_IF_ERROR(JoinCgroups(plan.cgroup_tasks));  // first: all that follows is charged to the environment
  RETURN_IF_ERROR(PreferForOomKill());              // needs the host's /proc
  RETURN_IF_ERROR(HandOver(status_socket, EnterNewNetwork()));
  RETURN_IF_ERROR(HideCgroups());
  RETURN_IF_ERROR(MountSandboxFiles(plan.mounts));
  RETURN_IF_ERROR(PivotInto(kTemplateRoot));  // from here on the host's files are out of reach
  RETURN_IF_ERROR(NameHost(kSandboxHostname));
  RETURN_IF_ERROR(NewSession());
  RETURN_IF_ERROR(ArrangeDescriptors(plan));
  RETURN_IF_ERROR(SetResourceLimits());
  RETURN_IF_ERROR(BecomeUnprivileged(plan.uid));
  RETURN_IF_ERROR(plan.seccomp->Load());
  return ExecuteInit(plan.init_program);  // returns only when it failed
}

// In the clone; never returns. The report travels to the launcher on a socket that closes with a successful exec.
[[noreturn]] void RunClone(SandboxPlan plan, int status_socket) {
  constexpr int kOutOfTheWay = 100;
  const int report_to = fcntl(status_socket, F_DUPFD_CLOEXEC, kOutOfTheWay);
  const int program = fcntl(plan.init_program, F_DUPFD_CLOEXEC, kOutOfTheWay);
  plan.init_program = program;
  const absl::Status failed = ContainProcess(plan, report_to);
  const std::string message = fmt::format("{} {}", static_cast<int>(failed.code()), std::string(failed.message()));
  SendPacket(report_to, message).IgnoreError();
  _exit(1);
}

absl::StatusOr<UniqueFd> CloneProcess(const SandboxPlan& plan, int status_socket) {
  int pidfd = -1;
  clone_args arguments{};
  arguments.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  if (plan.cgroup_directory >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<uint64_t>(plan.cgroup_directory);
  }
  const long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
  if (pid < 0) return ErrnoStatus("clone3");
  if (pid == 0) RunClone(plan, status_socket);
  return UniqueFd(pidfd);
}

absl::Status AwaitPacket(int socket) {
  pollfd wait{socket, POLLIN, 0};
  const int limit = static_cast<int>(std::chrono::milliseconds(kSandboxStartLimit).count());
  const int ready = TEMP_FAILURE_RETRY(poll(&wait, 1, limit));
  if (ready < 0) return ErrnoStatus("poll");
  if (ready == 0) return absl::DeadlineExceededError("a sandbox did not start in time");
  return absl::OkStatus();
}

// First the listener, then either the end of the socket (hearth-init runs) or the report of a failed step.
absl::StatusOr<UniqueFd> AwaitInit(int status_socket) {
  UniqueFd listener;
  while (true) {
    RETURN_IF_ERROR(AwaitPacket(status_socket));
    ASSIGN_OR_RETURN(std::optional<Packet> packet, ReceivePacket(status_socket));
    if (!packet.has_value() && listener.valid()) return listener;
    if (!packet.has_value()) return absl::InternalError("a sandbox ended before its first report");
    if (!packet->descriptors.empty()) {
      listener = std::move(packet->descriptors.front());
      continue;
    }
    const size_t space = packet->bytes.find(' ');
    const int code = std::atoi(packet->bytes.c_str());
    return absl::Status(static_cast<absl::StatusCode>(code),
                        space == std::string::npos ? "" : packet->bytes.substr(space + 1));
  }
}

void EndProcess(const UniqueFd& process) {
  syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
  siginfo_t info;
  waitid(P_PIDFD, static_cast<id_t>(process.get()), &info, WEXITED);
}

}  // namespace

absl::StatusOr<StartedSandbox> StartSandbox(const SandboxPlan& plan) {
  ASSIGN_OR_RETURN(auto status_pair, MakePacketPair());
  ASSIGN_OR_RETURN(UniqueFd process, CloneProcess(plan, status_pair.second.get()));
  status_pair.second.reset();
  absl::StatusOr<UniqueFd> listener = AwaitInit(status_pair.first.get());
  if (!listener.ok()) {
    EndProcess(process);
    return listener.status();
  }
  return StartedSandbox{std::move(process), *std::move(listener)};
}

}  // namespace hearth::worker
