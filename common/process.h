// What a daemon does to its own process: what it leaves when it crashes, whom it runs as, and whom it dies with.
//
// Errors:  what the kernel says, with what was tried; NotFound for a user this machine lacks.
// Threads: the main thread, before any other is made.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"

namespace hearth {

// No core files, and no reading of our memory by others of our user: it holds secrets.
absl::Status ForbidCoreDumps();
// Becomes `user` with its groups, for good: privileges come back neither by set-id nor by exec. The memory stays
// unreadable, which the kernel forgets when the user changes.
absl::Status BecomeUser(const std::string& user);
// The kernel sends SIGTERM when the process that started this one ends; `parent` is who that was. Cancelled when it has
// ended already. Forgotten by the kernel when the user changes: call it after BecomeUser.
absl::Status DieWithParent(pid_t parent);

}  // namespace hearth
