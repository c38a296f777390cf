// escape-probe tries ways out of a sandbox, each harmlessly and each in a process of its own, and says which are open.
//
// Output: one JSON object a line: {"group":"…","check":"…","reachable":true|false,"errno":N}.
// A check is reachable when the kernel acted on the request or refused its (deliberately useless) arguments; it is not
// when the answer was EPERM, EACCES, ENOSYS and the like, or the process was killed. Run as root outside a sandbox
// nearly all must be reachable: that proves the probe (tests/sandbox/sandbox_escape_test.cc).
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct check {
  const char* name;
  bool (*reachable)(void); /* may change the process at will: it ends afterwards */
};

struct check_group {
  const char* name;
  const struct check* checks;
  size_t count;
};

extern const struct check_group kernel_group, namespace_group, socket_group; /* escape_probe_kernel.c */
extern const struct check_group call_group;                                  /* escape_probe_calls.c */
extern const struct check_group proc_group, file_group, device_group;        /* escape_probe_files.c */
extern const struct check_group identity_group, outside_group;               /* escape_probe_identity.c */

/* Whether a system call that answered `result` (and errno) got past every lock. */
bool passed(long result);

/* What the caller of the probe set up outside: see escape_probe_identity.c. */
const char* outside(const char* name);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
