// The system calls a sandbox may make, as BPF programs compiled once at the launcher's start.
//
// Allow-list: what is not named answers ENOSYS, as an older kernel would; what is known to be abused answers EPERM; a
// call of another architecture (i386, x32) kills the process.
//
// Errors:  Internal when libseccomp refuses a rule; Load names errno.
// Threads: programs are immutable; Load applies to the calling thread and what it later forks.
// Source:  isolation checklist I4 to I14; Docker's default profile; seccomp(2).
#pragma once

#include <linux/filter.h>

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hearth::worker {

class SeccompFilter {
 public:
  explicit SeccompFilter(std::vector<sock_filter> program) : program_(std::move(program)) {}

  // For the processes of a sandbox.
  static absl::StatusOr<SeccompFilter> ForSandbox();
  // For the launcher itself: everything it and its clones need, less what only an attacker would call. Sandboxes
  // inherit it below their own.
  static absl::StatusOr<SeccompFilter> ForLauncher();

  // Needs no_new_privs or CAP_SYS_ADMIN; cannot be undone.
  absl::Status Load() const;

  size_t instructions() const { return program_.size(); }

 private:
  std::vector<sock_filter> program_;
};

}  // namespace hearth::worker
