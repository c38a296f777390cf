// Giving up privilege: what the launcher keeps for its work, and how a sandbox's process gives up all of it.
//
// Errors:  names the step that failed; the process must then end.
// Threads: single-threaded processes only (the launcher and its fresh clone).
// Source:  capabilities(7) "securebits", prctl(2).
#pragma once

#include <cstdint>

#include "absl/status/status.h"

namespace hearth::worker {

// The launcher, once its template is built: drops every capability that neither it nor a clone needs, for good.
absl::Status KeepOnlyLauncherCapabilities();

// A sandbox's process. NOFILE 1024, CORE 0, STACK 8 MiB, MEMLOCK 64 KiB, no real-time; the rest is for the cgroups to
// limit, so it is as wide as the launcher's own hard limits.
absl::Status SetResourceLimits();
// Makes the kernel's OOM killer choose tenants before the host's daemons. Where the launcher has CAP_SYS_RESOURCE a
// tenant cannot take it back.
absl::Status PreferForOomKill();
// A keyring session of its own, then uid and gid `id`, no groups, no capability in any set, locked securebits and
// no_new_privs; the process dies with the launcher.
absl::Status BecomeUnprivileged(uint32_t id);

}  // namespace hearth::worker
