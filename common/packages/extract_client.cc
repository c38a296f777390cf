#include "common/packages/extract_client.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "common/errors.h"
#include "common/unique_fd.h"
#include "fmt/format.h"

namespace hearth {
namespace {

// Descriptors above this never collide with the numbers the helper is given (0, 1, 3).
constexpr int kFirstFreeDescriptor = 10;

absl::StatusOr<UniqueFd> MoveHigh(int fd) {
  UniqueFd moved(fcntl(fd, F_DUPFD_CLOEXEC, kFirstFreeDescriptor));
  if (!moved.valid()) return ErrnoStatus("duplicate a descriptor for hearth-extract");
  return moved;
}

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

absl::StatusOr<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus("pipe for hearth-extract");
  Pipe low{UniqueFd(ends[0]), UniqueFd(ends[1])};
  ASSIGN_OR_RETURN(UniqueFd write_end, MoveHigh(low.write_end.get()));
  return Pipe{std::move(low.read_end), std::move(write_end)};
}

class SpawnSettings {
 public:
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    // A process group of its own: a terminal's Ctrl-C stops the daemon first, and the helper dies with it.
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

absl::StatusOr<pid_t> Spawn(const ExtractRequest& request, int answer_fd) {
  ASSIGN_OR_RETURN(UniqueFd archive, MoveHigh(request.archive_fd));
  UniqueFd destination;
  if (request.destination_fd >= 0) {
    ASSIGN_OR_RETURN(destination, MoveHigh(request.destination_fd));
  }
  SpawnSettings settings;
  posix_spawn_file_actions_adddup2(&settings.actions, archive.get(), 0);
  posix_spawn_file_actions_adddup2(&settings.actions, answer_fd, 1);
  if (destination.valid()) posix_spawn_file_actions_adddup2(&settings.actions, destination.get(), 3);
  // Whatever else this process has open without close-on-exec.
  posix_spawn_file_actions_addclosefrom_np(&settings.actions, destination.valid() ? 4 : 3);
  std::vector<std::string> arguments = {"hearth-extract", destination.valid() ? "--into" : "--check"};
  if (request.uid) {
    arguments.emplace_back("--uid");
    arguments.push_back(std::to_string(*request.uid));
  }
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<char*, 1> empty_environment = {nullptr};
  pid_t pid = 0;
  const int error = posix_spawn(&pid, request.binary.c_str(), &settings.actions, &settings.attributes, argv.data(),
                                empty_environment.data());
  if (error != 0) {
    return absl::InternalError(
        fmt::format("{}: cannot be started: {}", request.binary, ErrnoStatus("", error).ToString()));
  }
  return pid;
}

absl::StatusOr<UniqueFd> StartTimer(std::chrono::milliseconds timeout) {
  UniqueFd timer(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  itimerspec when{};
  when.it_value.tv_sec = seconds.count();
  when.it_value.tv_nsec = std::chrono::nanoseconds(timeout - seconds).count();
  if (!timer.valid() || timerfd_settime(timer.get(), 0, &when, nullptr) != 0)
    return ErrnoStatus("timer for hearth-extract");
  return timer;
}

// The answer up to end of file or to more than an answer can be; nullopt when the timer ran out first.
std::optional<std::string> ReadAnswer(int fd, int timer_fd) {
  constexpr size_t kMaxAnswerBytes = kMaxExtractReasonBytes + 64;
  std::string answer;
  while (answer.size() < kMaxAnswerBytes) {
    std::array<pollfd, 2> waiting = {{{fd, POLLIN, 0}, {timer_fd, POLLIN, 0}}};
    if (poll(waiting.data(), waiting.size(), -1) < 0) continue;  // a signal
    if (waiting[1].revents != 0) return std::nullopt;
    std::array<char, 1024> buffer;
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    answer.append(buffer.data(), static_cast<size_t>(count));
  }
  return answer;
}

int Reap(pid_t pid) {
  int wait_status = 0;
  while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR) {
  }
  return wait_status;
}

}  // namespace

absl::StatusOr<ExtractReport> RunExtract(const ExtractRequest& request) {
  ASSIGN_OR_RETURN(const UniqueFd timer, StartTimer(request.timeout));
  ASSIGN_OR_RETURN(Pipe pipe, MakePipe());
  ASSIGN_OR_RETURN(const pid_t pid, Spawn(request, pipe.write_end.get()));
  pipe.write_end.reset();
  const std::optional<std::string> answer = ReadAnswer(pipe.read_end.get(), timer.get());
  // It has answered or must not go on: nothing is left for it to do. One that ended by itself keeps its own status.
  kill(pid, SIGKILL);
  const int wait_status = Reap(pid);
  if (!answer) return absl::DeadlineExceededError("hearth-extract took too long and was ended");
  if (const std::optional<ExtractReport> report = ParseExtractReport(*answer)) return *report;
  if (WIFSIGNALED(wait_status)) {
    return ExtractReport{.verdict = ExtractVerdict::kRefused,
                         .reason = fmt::format("unpacking it was ended by signal {}", WTERMSIG(wait_status))};
  }
  return absl::InternalError(fmt::format("{} ended with status {} and no answer", request.binary,
                                         WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1));
}

}  // namespace hearth
