// CgroupHandle is the worker's hold on one sandbox's cgroups: open files, so that each call is one read or write.
//
// The launcher opens the files as root and passes them; writing through them needs no privilege. Once the groups are
// removed every call fails with NotFound (ENODEV).
//
// Shapes:  `version` 1 or 2 says which kernel interface the files belong to.
// Threads: any; the kernel serialises.
// Source:  Linux admin-guide/cgroup-v1/{freezer-subsystem,memory}.rst, cgroup-v2.rst, scheduler/sched-bwc.rst.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace hearth::worker {

struct CgroupFiles {
  UniqueFd freezer;      // v1 freezer.state, v2 cgroup.freeze
  UniqueFd cpu;          // v1 cpu.cfs_quota_us, v2 cpu.max
  UniqueFd memory_peak;  // v1 memory.max_usage_in_bytes, v2 memory.peak
  UniqueFd oom_events;   // v1 memory.oom_control, v2 memory.events
};

// 20 ms: a 128 MB function gets 1.4 ms of each, so it is never throttled for longer than a fifth of the kernel's usual
// 100.
inline constexpr int64_t kCpuPeriodMicros = 20'000;
// CPU time per period for a function of this size: memory/1769 of one core. Source: semantics.md §4.
int64_t CpuQuotaMicros(int64_t memory_bytes);

class CgroupHandle {
 public:
  CgroupHandle(int version, CgroupFiles files, int64_t memory_bytes);

  absl::Status Freeze();
  absl::Status Thaw();
  absl::Status LiftCpuLimit();
  absl::Status ApplyCpuShare();
  void SetMemory(int64_t memory_bytes);  // what the CPU share follows from
  absl::StatusOr<int64_t> MemoryPeakBytes();
  absl::Status ResetMemoryPeak();
  absl::StatusOr<int64_t> OomKills();

 private:
  int version_;
  CgroupFiles files_;
  int64_t quota_micros_;
};

// The number after `key` in "key 1\nother 2\n"; NotFound when the key is not there.
absl::StatusOr<int64_t> FindCounter(std::string_view text, std::string_view key);

}  // namespace hearth::worker
