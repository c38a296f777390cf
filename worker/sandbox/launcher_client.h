// LauncherClient starts hearth-launcher and asks it for sandboxes.
//
// Errors:  Unavailable once the launcher is gone; every sandbox is gone then too, and the worker should end.
// Threads: Create and Assign from any thread; requests are served one after the other, 2 to 5 ms each.
// Lifetime: sandboxes may outlive the client, but end with the launcher. The destructor closes the socket and waits
//          until the launcher has removed everything, at most kLauncherEndLimit.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/unique_fd.h"
#include "proto/launcher.pb.h"
#include "worker/sandbox/sandbox.h"

namespace hearth::worker {

inline constexpr std::chrono::seconds kLauncherEndLimit{10};

struct LauncherOptions {
  std::string launcher_binary;  // hearth-launcher
  std::string init_binary;      // hearth-init
  std::string cgroup_prefix;    // "hearth-<instance>/<worker>": everything below it is the launcher's to kill
  std::string allowed_root;     // the worker's data directory: code must be below it
  std::string runtimes_root;    // installed runtimes; empty: none
  uint32_t uid_base = 200000;   // host uids and gids of sandboxes, one each
  uint32_t uid_count = 4096;    // the most sandboxes at once
};

class LauncherClient final : public SandboxFactory {
 public:
  // As root, on the process's main thread (the launcher is told when the starting thread ends), before the worker drops
  // its privilege. Returns when the launcher is ready; what an earlier launcher of this prefix left is gone then.
  static absl::StatusOr<std::unique_ptr<LauncherClient>> Start(const LauncherOptions& options);
  ~LauncherClient() override;

  absl::StatusOr<std::unique_ptr<Sandbox>> Create(const SandboxSpec& spec) override;
  absl::Status Assign(Sandbox& sandbox, const SandboxSpec& spec) override;

  // Readable (for poll and epoll) once the launcher has ended, whatever the reason; stays readable.
  int death_notice() const { return process_.get(); }
  pid_t launcher_pid() const { return pid_; }

 private:
  struct Answer;

  LauncherClient(UniqueFd process, pid_t pid, std::shared_ptr<const UniqueFd> socket)
      : process_(std::move(process)), pid_(pid), socket_(std::move(socket)) {}

  static absl::StatusOr<Answer> AwaitAnswer(int socket, uint64_t request_id);
  // The answer to `request`, whose number is given here; an error of the launcher's is returned as such.
  absl::StatusOr<Answer> Ask(launcher::Request& request);

  const UniqueFd process_;
  const pid_t pid_;
  const std::shared_ptr<const UniqueFd> socket_;

  Mutex mutex_;  // one request and its reply at a time: the launcher has one thread, so waiting here costs nothing more
  uint64_t last_request_id_ GUARDED_BY(mutex_) = 0;
  bool out_of_step_ GUARDED_BY(mutex_) = false;  // a reply was not read in time; what arrives next is not ours
};

}  // namespace hearth::worker
