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

// The listener and, of a parked sandbox, the mount namespace; /proc is still the host's.
absl::Status HandOver(int status_socket, absl::StatusOr<UniqueFd> listener, bool parked) {
  RETURN_IF_ERROR(listener.status());
  if (!parked) return SendPacket(status_socket, "listener", {listener->get()});
  const UniqueFd mounts(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!mounts.valid()) return ErrnoStatus("open the mount namespace");
  return SendPacket(status_socket, "listener, mounts", {listener->get(), mounts.get()});
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
  RETURN_IF_ERROR(HandOver(status_socket, EnterNewNetwork(), plan.parked));
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

void Report(int socket, const absl::Status& status) {
  const std::string message = fmt::format("{} {}", static_cast<int>(status.code()), std::string(status.message()));
  SendPacket(socket, message).IgnoreError();
}

absl::Status ReportedIn(const std::string& message) {
  const size_t space = message.find(' ');
  return absl::Status(static_cast<absl::StatusCode>(std::atoi(message.c_str())),
                      space == std::string::npos ? "" : message.substr(space + 1));
}

// In the clone; never returns. The report travels to the launcher on a socket that closes with a successful exec.
[[noreturn]] void RunClone(SandboxPlan plan, int status_socket) {
  constexpr int kOutOfTheWay = 100;
  const int report_to = fcntl(status_socket, F_DUPFD_CLOEXEC, kOutOfTheWay);
  const int program = fcntl(plan.init_program, F_DUPFD_CLOEXEC, kOutOfTheWay);
  plan.init_program = program;
  Report(report_to, ContainProcess(plan, report_to));
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
absl::StatusOr<std::vector<UniqueFd>> AwaitInit(int status_socket) {
  std::vector<UniqueFd> handed_over;
  while (true) {
    RETURN_IF_ERROR(AwaitPacket(status_socket));
    ASSIGN_OR_RETURN(std::optional<Packet> packet, ReceivePacket(status_socket));
    if (!packet.has_value() && !handed_over.empty()) return handed_over;
    if (!packet.has_value()) return absl::InternalError("a sandbox ended before its first report");
    if (!packet->descriptors.empty()) {
      handed_over = std::move(packet->descriptors);
      continue;
    }
    return ReportedIn(packet->bytes);
  }
}

void EndProcess(const UniqueFd& process) {
  syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
  siginfo_t info;
  waitid(P_PIDFD, static_cast<id_t>(process.get()), &info, WEXITED);
}

// What a child that shares this process's memory is to do, and how it went.
struct MountTask {
  int mount_namespace;
  const SandboxMounts& mounts;
  absl::Status status = absl::InternalError("a child that mounts ended before its report");
};

int EnterAndMount(void* argument) {
  MountTask& task = *static_cast<MountTask*>(argument);
  const bool entered = setns(task.mount_namespace, CLONE_NEWNS) == 0;
  task.status = entered ? MountFunctionFiles(task.mounts, "") : ErrnoStatus("enter a sandbox's mount namespace");
  return 0;
}

}  // namespace

absl::StatusOr<StartedSandbox> StartSandbox(const SandboxPlan& plan) {
  ASSIGN_OR_RETURN(auto status_pair, MakePacketPair());
  ASSIGN_OR_RETURN(UniqueFd process, CloneProcess(plan, status_pair.second.get()));
  status_pair.second.reset();
  absl::StatusOr<std::vector<UniqueFd>> handed_over = AwaitInit(status_pair.first.get());
  if (handed_over.ok() && handed_over->size() != (plan.parked ? 2U : 1U)) {
    handed_over = absl::InternalError("a sandbox handed over too few descriptors");
  }
  if (!handed_over.ok()) {
    EndProcess(process);
    return handed_over.status();
  }
  handed_over->resize(2);
  return StartedSandbox{std::move(process), std::move(handed_over->at(0)), std::move(handed_over->at(1))};
}

absl::Status MountInSandbox(int mount_namespace, const SandboxMounts& mounts) {
  // The launcher's one thread stands still until the child has ended, as after vfork: nothing is copied, and the status
  // needs no way back. Only the namespace is the child's own.
  alignas(16) static char stack[128 * 1024];
  MountTask task{mount_namespace, mounts};
  const int child = clone(EnterAndMount, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &task);
  if (child < 0) return ErrnoStatus("clone");
  if (TEMP_FAILURE_RETRY(waitpid(child, nullptr, 0)) != child) return ErrnoStatus("wait for a mount");
  return task.status;
}

}  // namespace hearth::worker
