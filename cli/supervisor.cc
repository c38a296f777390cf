#include "cli/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <string_view>

#include "common/errors.h"
#include "common/log.h"

namespace hearth::cli {
namespace {

constexpr size_t kMaxLineBytes = 64 * 1024;

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

// SIGTERM, SIGINT and SIGCHLD arrive as readable events, not as handlers.
UniqueFd BlockSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGCHLD}) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return UniqueFd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

// The children start with nothing blocked and the default dispositions.
void ResetSignals(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigemptyset(&none);
  sigset_t defaults;
  sigfillset(&defaults);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  // A process group of its own: Ctrl-C reaches the supervisor alone, which then stops the children in order.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

}  // namespace

Supervisor::Supervisor(SupervisorOptions options, Clock& clock)
    : options_(options), clock_(clock), signals_(BlockSignals()) {
  // Orphans of a killed worker come to us, so that none is left for init to find.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Supervisor::~Supervisor() { StopAll(); }

absl::Status Supervisor::Start(ChildSpec spec) {
  auto child = std::make_unique<Child>();
  child->spec = std::move(spec);
  RETURN_IF_ERROR(Spawn(*child));
  children_.push_back(std::move(child));
  return absl::OkStatus();
}

absl::Status Supervisor::Spawn(Child& child) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus("pipe2");
  UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  fcntl(read_end.get(), F_SETFL, O_NONBLOCK);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, write_end.get(), 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  ResetSignals(attributes);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, child.spec.arguments.front().c_str(), &actions, &attributes,
                                Pointers(child.spec.arguments).data(), Pointers(child.spec.environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return ErrnoStatus(fmt::format("cannot start {}", child.spec.arguments.front()), error);

  child.pid = pid;
  child.pidfd = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  child.output = std::move(read_end);
  child.partial_line.clear();
  child.started_at = clock_.Monotonic();
  return absl::OkStatus();
}

absl::Status Supervisor::Run(const std::function<bool()>& until) {
  bool stop_requested = false;
  while (!stop_requested && !until()) {
    RETURN_IF_ERROR(PollOnce(stop_requested));
    RETURN_IF_ERROR(RestartDue());
  }
  return absl::OkStatus();
}

absl::Status Supervisor::PollOnce(bool& stop_requested) {
  std::vector<pollfd> polled{{signals_.get(), POLLIN, 0}};
  std::vector<Child*> owners{nullptr};
  for (const auto& child : children_) {
    if (child->output.valid()) {
      polled.push_back({child->output.get(), POLLIN, 0});
      owners.push_back(child.get());
    }
  }
  if (poll(polled.data(), polled.size(), PollTimeoutMs()) < 0 && errno != EINTR) return ErrnoStatus("poll");

  signalfd_siginfo info{};
  while (read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
    if (info.ssi_signo != SIGCHLD) stop_requested = true;
  }
  for (size_t i = 1; i < polled.size(); ++i) {
    if (polled[i].revents != 0) ReadOutput(*owners[i]);
  }
  int status = 0;
  while (const pid_t pid = waitpid(-1, &status, WNOHANG)) {
    if (pid < 0) break;
    const auto it = std::find_if(children_.begin(), children_.end(), [&](const auto& c) { return c->pid == pid; });
    if (it == children_.end()) continue;  // an orphan of a worker
    LogWarn("child ended", {{"child", (*it)->spec.name}, {"status", std::to_string(status)}});
    if (!stop_requested) RETURN_IF_ERROR(OnExit(**it));
  }
  return absl::OkStatus();
}

absl::Status Supervisor::OnExit(Child& child) {
  child.pid = -1;
  child.pidfd.reset();
  ReadOutput(child);
  child.output.reset();
  const MonotonicTime now = clock_.Monotonic();
  child.deaths.push_back(now);
  while (!child.deaths.empty() && now - child.deaths.front() > std::chrono::minutes(1)) child.deaths.pop_front();
  if (GivesUpOn(child, now)) {
    return absl::AbortedError(
        fmt::format("{} ended {} times within a minute; see its messages above", child.spec.name, child.deaths.size()));
  }
  // The first restart is prompt; each further one within the minute waits a little longer.
  child.restart_at = now + options_.restart_delay * static_cast<int>(child.deaths.size());
  return absl::OkStatus();
}

bool Supervisor::GivesUpOn(Child& child, MonotonicTime now) const {
  child.proven = child.proven || now - child.started_at >= options_.proven_after;
  const int allowed = child.proven ? options_.max_restarts_per_minute : options_.max_first_starts - 1;
  return child.deaths.size() > static_cast<size_t>(allowed);
}

absl::Status Supervisor::RestartDue() {
  for (const auto& child : children_) {
    if (child->pid >= 0 || clock_.Monotonic() < child->restart_at) continue;
    RETURN_IF_ERROR(Spawn(*child));
    LogInfo("child restarted", {{"child", child->spec.name}});
  }
  return absl::OkStatus();
}

int Supervisor::PollTimeoutMs() {
  constexpr int kIdleMs = 1000;
  int timeout_ms = kIdleMs;
  for (const auto& child : children_) {
    if (child->pid >= 0) continue;
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(child->restart_at - clock_.Monotonic());
    timeout_ms = std::min(timeout_ms, std::max(1, static_cast<int>(wait.count())));
  }
  return timeout_ms;
}

void Supervisor::ReadOutput(Child& child) {
  char buffer[4096];
  while (true) {
    const ssize_t got = read(child.output.get(), buffer, sizeof(buffer));
    if (got < 0) return;  // nothing more yet
    if (got == 0) {
      child.output.reset();
      return;
    }
    for (const char c : std::string_view(buffer, static_cast<size_t>(got))) {
      if (c != '\n' && child.partial_line.size() < kMaxLineBytes) {
        child.partial_line += c;
        continue;
      }
      child.proven = true;
      if (child.spec.on_line) child.spec.on_line(child.partial_line);
      child.partial_line.clear();
    }
  }
}

// What was started later needs what was started first: that goes last, the others together.
void Supervisor::StopAll() {
  for (size_t i = children_.size(); i-- > 1;) Tell(*children_[i]);
  for (size_t i = children_.size(); i-- > 1;) AwaitEnd(*children_[i]);
  if (!children_.empty()) {
    Tell(*children_.front());
    AwaitEnd(*children_.front());
  }
  children_.clear();
  // Whatever came to us as the reaper of orphans.
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

void Supervisor::Tell(const Child& child) {
  if (child.pid >= 0) kill(child.pid, SIGTERM);
}

void Supervisor::AwaitEnd(Child& child) {
  if (child.pid < 0) return;
  pollfd exited{child.pidfd.get(), POLLIN, 0};
  if (poll(&exited, 1, static_cast<int>(options_.stop_grace.count())) != 1) {
    LogWarn("child did not stop in time; killing it", {{"child", child.spec.name}});
    kill(child.pid, SIGKILL);
  }
  waitpid(child.pid, nullptr, 0);
  child.pid = -1;
}

}  // namespace hearth::cli
