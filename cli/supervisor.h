// Supervisor keeps a few child processes running: it starts them in order, restarts what dies, and stops them in
// reverse.
//
// Shapes:  a child's standard output is read line by line and handed to its on_line; standard error is inherited.
// Errors:  Start answers what posix_spawn says; a child that dies faster than max_restarts_per_minute, or that never
// got
//          going in max_first_starts attempts, ends Run with Aborted, naming the child (a restart loop hides its
//          cause).
// Threads: one; Run blocks. Signals SIGTERM and SIGINT end Run with OK.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/clock.h"
#include "common/unique_fd.h"

namespace hearth::cli {

struct ChildSpec {
  std::string name;
  std::vector<std::string> arguments;    // arguments[0] is the path of the program
  std::vector<std::string> environment;  // "NAME=value"
  std::function<void(const std::string& line)> on_line;
};

struct SupervisorOptions {
  std::chrono::milliseconds restart_delay{100};
  int max_restarts_per_minute = 30;
  int max_first_starts = 6;  // of a child that neither printed a line nor lived for proven_after
  std::chrono::milliseconds proven_after{2000};
  std::chrono::milliseconds stop_grace{15000};  // from SIGTERM to SIGKILL
};

class Supervisor {
 public:
  Supervisor(SupervisorOptions options, Clock& clock);
  ~Supervisor();  // stops whatever still runs
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  absl::Status Start(ChildSpec spec);
  // Serves until a signal, a restart loop, or `until` says so (checked after every event).
  absl::Status Run(const std::function<bool()>& until);
  // SIGTERM to every child but the first, which the others need, together; to the first once they have ended. SIGKILL
  // after the grace.
  void StopAll();

 private:
  struct Child {
    ChildSpec spec;
    pid_t pid = -1;
    UniqueFd pidfd;
    UniqueFd output;
    std::string partial_line;
    std::deque<MonotonicTime> deaths;
    MonotonicTime restart_at{};
    MonotonicTime started_at{};
    bool proven = false;  // it ran as it should at least once
  };

  absl::Status Spawn(Child& child);
  absl::Status OnExit(Child& child);
  bool GivesUpOn(Child& child, MonotonicTime now) const;
  absl::Status RestartDue();
  void ReadOutput(Child& child);
  int PollTimeoutMs();
  absl::Status PollOnce(bool& stop_requested);
  static void Tell(const Child& child);
  void AwaitEnd(Child& child);

  const SupervisorOptions options_;
  Clock& clock_;
  UniqueFd signals_;
  std::vector<std::unique_ptr<Child>> children_;
};

}  // namespace hearth::cli
