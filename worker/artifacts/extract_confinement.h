// Confine takes from hearth-extract everything it does not need before it looks at the archive: its uid, other
// descriptors, the file system outside the destination, other system calls, and time and memory without end.
//
// Errors:  as the kernel says; the process must not go on. Landlock is left out where the kernel has none.
// Threads: a single-threaded process, once.
// Source:  prctl(2), landlock(7), seccomp(2).
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"

namespace hearth::worker {

struct ExtractConfinement {
  int destination_fd = -1;      // -1: nothing may be written at all
  std::optional<uint32_t> uid;  // needs root; also confines the file system to the destination by chroot
};

absl::Status Confine(const ExtractConfinement& confinement);

// extract_seccomp.cc, the second user of libseccomp: only reading, writing, making files at a descriptor, and memory.
absl::Status LoadExtractSeccompFilter(bool may_write);

}  // namespace hearth::worker
