// hearth-init is process 1 of a sandbox: it starts the runtime and extensions, kills on command, reaps everyone,
// reports how it ended.
//
// It runs with the tenant's uid, without capabilities, under the tenant's seccomp filter, and cannot be traced or read
// by the tenant (not dumpable; SIGKILL from inside its own pid namespace does not reach process 1). Static and free of
// libraries beyond libc: nothing of the host's is mapped beside hostile code.
//
// Descriptors: 0 /dev/null, 1 and 2 the output pipe, 3 the control socket (not inherited), 62 the telemetry pipe;
// a parked runtime has its assignment socket as 61.
// Lifetime: ends when the worker closes the control socket; the kernel then kills everything in the pid namespace.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "worker/sandbox/channel/init_protocol.h"

namespace hearth::worker {
namespace {

constexpr int kCouldNotExecute = 127;  // as a shell reports it
constexpr int kExitBroken = 70;        // EX_SOFTWARE: the worker sees the control socket close

// The strings of a start command, pointed to inside the mapped block.
struct StartBlock {
  char* bytes;
  const char* directory;
  char* arguments[kMaxStartStrings + 1];
  char* environment[kMaxStartStrings + 1];
};

struct Runtime {
  pid_t pid;
  int32_t generation;
  int exec_report;  // read end of a close-on-exec pipe: errno of a failed exec, nothing after a good one
};

Runtime runtime{-1, 0, -1};
Runtime extensions[kInitMaxExtensions];  // pid 0: none
StartBlock block;                        // in .bss: 64 KiB of pointers touched only as far as they are used

// Takes `count` strings from the block; false when it ends too early.
bool TakeStrings(uint32_t count, char** into, char*& at, const char* end) {
  for (uint32_t i = 0; i < count; ++i) {
    void* const zero = at < end ? std::memchr(at, '\0', static_cast<size_t>(end - at)) : nullptr;
    if (zero == nullptr) return false;
    into[i] = at;
    at = static_cast<char*>(zero) + 1;
  }
  into[count] = nullptr;
  return true;
}

bool ParseBlock(const InitCommand& command, char* bytes) {
  char* at = bytes;
  const char* const end = bytes + command.block_bytes;
  char* directory[2];
  if (!TakeStrings(1, directory, at, end)) return false;
  block.directory = directory[0];
  return TakeStrings(command.argument_count, block.arguments, at, end) &&
         TakeStrings(command.environment_count, block.environment, at, end) && at == end;
}

// A private copy: the worker may not change it while it is parsed.
char* MapBlock(const InitCommand& command, int memory) {
  if (command.block_bytes == 0 || command.block_bytes > kMaxStartBytes || command.argument_count == 0 ||
      command.argument_count > kMaxStartStrings || command.environment_count > kMaxStartStrings) {
    return nullptr;
  }
  void* const bytes =
      mmap(nullptr, kMaxStartBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (bytes == MAP_FAILED) return nullptr;
  if (pread(memory, bytes, command.block_bytes, 0) == static_cast<ssize_t>(command.block_bytes)) {
    return static_cast<char*>(bytes);
  }
  munmap(bytes, kMaxStartBytes);
  return nullptr;
}

void Report(const InitEvent& event) {
  while (send(kInitControlFd, &event, sizeof(event), MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

void ReportNotExecuted(const InitCommand& command, int error) {
  Report({command.generation, kCouldNotExecute, 0, error, command.extension});
}

// The kernel's OOM killer takes the runtime before hearth-init. A tenant may lower it to hearth-init's own value.
void BeFirstForOomKill() {
  prctl(PR_SET_DUMPABLE, 1);  // or /proc/self would belong to root; exec does the same a moment later
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  const ssize_t ignored = write(file, "1000", 4);
  static_cast<void>(ignored);
  close(file);
}

[[noreturn]] void BecomeRuntime(int report, int assignment) {
  close(kInitControlFd);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  setsid();
  BeFirstForOomKill();
  if (assignment >= 0) dup2(assignment, kInitAssignmentFd);
  if (chdir(block.directory) == 0) execve(block.arguments[0], block.arguments, block.environment);
  const int error = errno;
  const ssize_t ignored = write(report, &error, sizeof(error));
  static_cast<void>(ignored);
  _exit(kCouldNotExecute);
}

// Where a started process is kept; nullptr for an extension that cannot be.
Runtime* PlaceOf(const InitCommand& command) {
  if (command.extension == 0) return &runtime;
  return command.extension > 0 && command.extension <= kInitMaxExtensions ? &extensions[command.extension - 1]
                                                                          : nullptr;
}

void Start(const InitCommand& command, int memory, int assignment) {
  Runtime* const place = PlaceOf(command);
  char* const bytes = place == nullptr ? nullptr : MapBlock(command, memory);
  int ends[2] = {-1, -1};
  if (bytes == nullptr || !ParseBlock(command, bytes)) {
    ReportNotExecuted(command, EINVAL);
  } else if (place->pid > 0) {
    ReportNotExecuted(command, EBUSY);
  } else if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    ReportNotExecuted(command, errno);
  } else {
    const pid_t pid = fork();
    if (pid == 0) BecomeRuntime(ends[1], assignment);
    const int error = errno;
    close(ends[1]);
    if (pid > 0) {
      *place = {pid, command.generation, ends[0]};
    } else {
      close(ends[0]);
      ReportNotExecuted(command, error);
    }
  }
  if (bytes != nullptr) munmap(bytes, kMaxStartBytes);
}

void ReportEnd(Runtime& process, int32_t extension, int status) {
  int error = 0;
  if (read(process.exec_report, &error, sizeof(error)) != sizeof(error)) error = 0;
  close(process.exec_report);
  const InitEvent event{process.generation, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                        WIFSIGNALED(status) ? WTERMSIG(status) : 0, error, extension};
  process = {-1, 0, -1};
  Report(event);
}

// Killed with everyone: nobody asks how they ended, and their places are free for the next ones at once.
void ForgetExtensions() {
  for (Runtime& extension : extensions) {
    if (extension.pid > 0) close(extension.exec_report);
    extension = {-1, 0, -1};
  }
}

void ReapAll() {
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
    if (pid == runtime.pid) ReportEnd(runtime, 0, status);
    for (int32_t i = 0; i < kInitMaxExtensions; ++i) {
      if (pid == extensions[i].pid) ReportEnd(extensions[i], i + 1, status);
    }
  }
}

constexpr int kMaxDescriptors = 2;  // the start block, the assignment socket

// Receives one command and the descriptors that may come with it; false at the end of the socket.
bool Receive(InitCommand& command, int (&descriptors)[kMaxDescriptors]) {
  iovec part{&command, sizeof(command)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)];
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  ssize_t size;
  do {
    size = recvmsg(kInitControlFd, &header, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  for (int& descriptor : descriptors) descriptor = -1;
  const cmsghdr* const rights = size > 0 ? CMSG_FIRSTHDR(&header) : nullptr;
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
    std::memcpy(descriptors, CMSG_DATA(rights), rights->cmsg_len - CMSG_LEN(0));
  }
  return size == static_cast<ssize_t>(sizeof(command));
}

bool Obey() {
  InitCommand command;
  int descriptors[kMaxDescriptors];
  if (!Receive(command, descriptors)) return false;
  switch (command.verb) {
    case InitVerb::kStartRuntime:
      ReapAll();  // a runtime that has just ended must not make this start fail as busy
      Start(command, descriptors[0], descriptors[1]);
      break;
    case InitVerb::kKillAll:
      kill(-1, SIGKILL);
      ForgetExtensions();
      break;
    case InitVerb::kTerminateRuntime:
      if (runtime.pid > 0) kill(runtime.pid, SIGTERM);
      break;
    case InitVerb::kKillRuntime:
      if (runtime.pid > 0) kill(runtime.pid, SIGKILL);
      break;
  }
  for (const int descriptor : descriptors) {
    if (descriptor >= 0) close(descriptor);
  }
  return true;
}

int Run() {
  // Set again after the exec: between the launcher's prctl and now it may have died.
  if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return kExitBroken;
  if (fcntl(kInitControlFd, F_SETFD, FD_CLOEXEC) != 0) return kExitBroken;
  sigset_t all;
  sigfillset(&all);
  if (sigprocmask(SIG_SETMASK, &all, nullptr) != 0) return kExitBroken;
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  const int signals = signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) return kExitBroken;
  pollfd wait[] = {{kInitControlFd, POLLIN, 0}, {signals, POLLIN, 0}};
  while (true) {
    if (poll(wait, 2, -1) < 0 && errno != EINTR) return kExitBroken;
    signalfd_siginfo info;
    while (read(signals, &info, sizeof(info)) > 0) {
    }
    ReapAll();
    if (wait[0].revents != 0 && !Obey()) return 0;
  }
}

}  // namespace
}  // namespace hearth::worker

int main() { return hearth::worker::Run(); }
