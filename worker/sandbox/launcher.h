// Launcher serves one worker's requests for sandboxes until the worker closes its socket, then removes all of them.
//
// Shapes:  launcher.proto over SOCK_SEQPACKET. Every field is checked: the worker is less trusted than the launcher.
// Errors:  a request that fails is answered with its Status; a packet that is no Request ends the conversation.
// Threads: one; a Create blocks it for the few milliseconds a sandbox takes, nothing else does.
// Limits:  as many sandboxes as host uids were given.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/unique_fd.h"
#include "proto/launcher.pb.h"
#include "worker/sandbox/cgroup.h"
#include "worker/sandbox/filesystem/directory_gate.h"
#include "worker/sandbox/sandbox_steps.h"
#include "worker/sandbox/seccomp_filter.h"
#include "worker/sandbox/storage/tmp_volumes.h"

namespace hearth::worker {

// Each sandbox's user and group on the host. A number is used again as late as possible.
struct UidRange {
  uint32_t first = 0;
  uint32_t count = 0;
};

absl::Status CheckUidRange(const UidRange& range);
// `uids` are the sandboxes': none of them may own what only the worker writes.
absl::Status CheckCreate(const launcher::Create& create, const UidRange& uids);
absl::Status CheckAssign(const launcher::Assign& assign);

class Launcher {
 public:
  struct Parts {
    UniqueFd worker;  // the socket
    UniqueFd stop;    // readable when the process was told to end
    UniqueFd init_program;
    DirectoryGate gate;
    std::unique_ptr<Cgroups> cgroups;
    SeccompFilter sandbox_filter;
    std::unique_ptr<TmpVolumes> volumes;  // nullptr: every /tmp is memory
    UidRange uids;
  };

  Launcher(Parts parts, Clock& clock);

  // Greets the worker and serves it to the end; then everything is destroyed.
  absl::Status Serve();

 private:
  struct LiveSandbox {
    std::string id;
    UniqueFd process;            // pidfd of hearth-init
    UniqueFd mount_namespace;    // while it is parked
    bool ended = false;          // hearth-init has been reaped, and with it everyone inside
    bool to_be_removed = false;  // Destroy was asked for
    int failed_removals = 0;
    MonotonicTime next_removal{};
  };
  using Sandboxes = std::map<uint32_t, LiveSandbox>;  // by uid

  absl::Status WatchAndServe();
  int MillisToWait() const;
  absl::StatusOr<bool> HandlePacket();
  absl::Status Answer(uint64_t request_id, const absl::Status& status);

  void HandleCreate(uint64_t request_id, const launcher::Create& create);
  absl::Status Create(uint64_t request_id, const launcher::Create& create, uint32_t uid);
  absl::StatusOr<SandboxMounts> PrepareMounts(const launcher::Create& create, uint32_t uid,
                                              std::vector<UniqueFd>& keep_open);
  absl::Status Register(uint32_t uid, const std::string& id, StartedSandbox started);

  absl::Status Assign(const launcher::Assign& assign);

  Sandboxes::iterator Find(const std::string& id);
  void HandleDestroy(const std::string& id);
  void Kill(LiveSandbox& sandbox);
  void ReapEnded(uint32_t uid);
  void TryRemoval(uint32_t uid);
  void RetryRemovals();
  int MillisToNextRemoval() const;
  void DestroyAll();

  Parts parts_;
  Clock& clock_;
  UniqueFd epoll_;
  std::deque<uint32_t> free_uids_;
  Sandboxes sandboxes_;
};

}  // namespace hearth::worker
