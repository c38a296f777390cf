// The namespaces a sandbox's process enters after its clone: an empty network, its cgroups' own view, a name.
//
// The clone itself makes the pid, mount, ipc and uts namespaces. There is no user namespace: docs/decisions/0001.
//
// Errors:  names the step that failed.
// Threads: in the sandbox's process before it executes hearth-init, while it still has the launcher's privilege.
// Source:  network_namespaces(7), cgroup_namespaces(7).
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace hearth::worker {

// A new network namespace with nothing but loopback, IPv4 only; the listener is the Runtime API's, 127.0.0.1:9001.
absl::StatusOr<UniqueFd> EnterNewNetwork();

absl::Status HideCgroups();
absl::Status NameHost(const char* hostname);

}  // namespace hearth::worker
