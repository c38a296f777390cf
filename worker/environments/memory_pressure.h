// AvailableMemory reads how much memory the machine can still give without swapping.
//
// Errors:  when it cannot be read or understood.
// Threads: any.
// Source:  proc(5), MemAvailable in /proc/meminfo.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace hearth::worker {

absl::StatusOr<int64_t> AvailableMemoryBytes(const std::string& meminfo_path = "/proc/meminfo");
absl::StatusOr<int64_t> TotalMemoryBytes(const std::string& meminfo_path = "/proc/meminfo");

}  // namespace hearth::worker
