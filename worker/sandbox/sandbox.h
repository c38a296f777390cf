// Sandbox is one isolated place where a function's processes run: namespaces, cgroups, root file system, seccomp, uid.
//
// A sandbox outlives the runtime process in it: after a timeout or a crash the runtime is started again in the same
// sandbox, with /tmp kept. Destroying the object kills every process inside and removes every trace.
//
// Errors:  Unavailable when the launcher is gone (the worker then ends, and systemd or `hearth dev` restarts it).
// Threads: one at a time per sandbox; SandboxFactory from any thread.
// Source:  docs/sandbox_security.md; isolation decisions in docs/decisions/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace hearth::worker {

struct SandboxSpec {
  std::string id;                 // [a-z0-9-]{1,64}, unique on this machine: names the cgroups
  int64_t memory_bytes = 0;       // hard limit, no swap
  int64_t tmp_bytes = 0;          // size of /tmp
  std::string task_directory;     // host directory, bound read-only at /var/task
  std::string runtime_directory;  // host directory, bound read-only at /var/runtime; empty: an empty directory
  std::vector<std::string> layer_directories{};  // host directories merged read-only at /opt, later over earlier
  bool parked = false;  // no code yet: task_directory and layers come with SandboxFactory::Assign
};

struct RuntimeCommand {
  std::vector<std::string> arguments;    // arguments[0] is the path inside the sandbox
  std::vector<std::string> environment;  // "NAME=value"; nothing else is inherited
  std::string working_directory = "/var/task";
  int assignment = -1;  // a socket the process finds as kAssignmentFd; the caller keeps its own copy
};

// How the runtime process, or an extension's, ended, as waitpid reported it inside the sandbox.
struct RuntimeExit {
  int generation = 0;            // which StartRuntime call this process belongs to, counted from 1; or the round
  std::optional<int> exit_code;  // set when it exited; 127 with exec_errno set when it could not be executed
  std::optional<int> signal;     // set when a signal ended it
  int exec_errno = 0;
  bool with_sandbox = false;  // hearth-init ended too: the sandbox is of no use any more
  int extension = 0;          // 0: the runtime
};

class Sandbox {
 public:
  virtual ~Sandbox() = default;

  // Descriptors to poll; the sandbox keeps ownership. Non-blocking, close-on-exec.
  virtual int runtime_api_listener() const = 0;  // TCP 127.0.0.1:9001 inside the sandbox's network namespace
  virtual int output_pipe() const = 0;           // stdout and stderr of every process inside, in order
  virtual int telemetry_pipe() const = 0;        // framed log records; inside it is descriptor kTelemetryFd
  virtual int exit_notice() const = 0;           // readable when ReadRuntimeExit has something

  static constexpr int kTelemetryFd = 62;   // _LAMBDA_TELEMETRY_LOG_FD, as recorded on AWS
  static constexpr int kAssignmentFd = 61;  // where a parked runtime waits for its function

  // Starts the runtime process; returns its generation. FailedPrecondition while one is running.
  virtual absl::StatusOr<int> StartRuntime(const RuntimeCommand& command) = 0;
  // Starts an extension beside it, a number from 1 to kMaxExtensions that is not running; its exit notice says `round`.
  static constexpr int kMaxExtensions = 10;
  virtual absl::Status StartExtension(int round, int number, const RuntimeCommand& command) = 0;
  // The next notice, if one is there; never blocks.
  virtual std::optional<RuntimeExit> ReadRuntimeExit() = 0;
  // SIGKILL for everything inside but the sandbox's own init; thaws first. The exit notice follows.
  virtual absl::Status KillRuntime() = 0;
  // SIGTERM, or SIGKILL, for the runtime process only.
  virtual absl::Status TerminateRuntime() = 0;
  virtual absl::Status KillRuntimeAlone() = 0;

  // Replaces the identity token inside at once: a reader sees the old one or the new one. Frozen or not.
  static constexpr char kIdentityTokenFile[] = "/run/hearth/identity-token";
  virtual absl::Status WriteIdentityToken(std::string_view token) = 0;

  // The freezer: all processes inside stand still. Asynchronous in the kernel; cheap (one write).
  virtual absl::Status Freeze() = 0;
  virtual absl::Status Thaw() = 0;

  // CPU: kBurst lifts the quota (INIT), kShare applies memory/1769 of a core (INVOKE).
  enum class CpuMode { kBurst, kShare };
  virtual absl::Status SetCpu(CpuMode mode) = 0;

  // Accounting. Peak since the last ResetMemoryPeak where the kernel can reset it, else since creation.
  virtual absl::StatusOr<int64_t> MemoryPeakBytes() = 0;
  virtual absl::Status ResetMemoryPeak() = 0;
  // How many processes the kernel's OOM killer has killed inside since creation.
  virtual absl::StatusOr<int64_t> OomKills() = 0;
};

class SandboxFactory {
 public:
  virtual ~SandboxFactory() = default;
  // Blocks for a few milliseconds: call it from a thread that may wait.
  virtual absl::StatusOr<std::unique_ptr<Sandbox>> Create(const SandboxSpec& spec) = 0;
  // Gives a parked sandbox of this factory its code, layers and memory, once; what runs in it sees them at once. Of
  // `spec` the id names the sandbox, runtime_directory is empty to keep what it has, and tmp_bytes are as they were.
  // After an error the sandbox is of no use.
  virtual absl::Status Assign(Sandbox& sandbox, const SandboxSpec& spec) = 0;
};

}  // namespace hearth::worker
