// What hearth-worker does to itself as a process: limits, signals, folders.
//
// Errors:  Status, naming what failed.
// Threads: the main thread, before there are others.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace hearth::worker {

// Leaves no core: what functions are given in secret passes through this process. Blocks SIGTERM and SIGINT and answers
// a descriptor that is readable once one arrived; ignores SIGPIPE; raises the limit of open files to the hard one: an
// environment needs seven, a connection one.
absl::StatusOr<UniqueFd> PrepareProcess();

// Makes `path` if need be, for `user` (empty: for this process's user).
absl::Status MakeDirectory(const std::string& path, const std::string& user);

// Whether this machine has `user`.
bool UserExists(const std::string& user);

}  // namespace hearth::worker
