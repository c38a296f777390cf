// UsageMeter reads what an environment has used: its memory peak, and whether the kernel killed for memory.
//
// Shapes:  bytes, never above the limit. A sandbox that cannot be read counts as what was read last.
// Threads: those of its sandbox.
#pragma once

#include <algorithm>
#include <cstdint>

#include "worker/sandbox/sandbox.h"

namespace hearth::worker {

class UsageMeter {
 public:
  UsageMeter(Sandbox& sandbox, int64_t memory_limit_bytes) : sandbox_(sandbox), limit_bytes_(memory_limit_bytes) {}

  int64_t ReadPeakBytes() {
    if (const absl::StatusOr<int64_t> peak = sandbox_.MemoryPeakBytes(); peak.ok()) {
      peak_bytes_ = std::min(std::max(peak_bytes_, *peak), limit_bytes_);
    }
    return peak_bytes_;
  }
  int64_t last_peak_bytes() const { return peak_bytes_; }

  // Whether the kernel has killed something inside since the last call.
  bool TakeOutOfMemory() {
    const absl::StatusOr<int64_t> kills = sandbox_.OomKills();
    if (!kills.ok() || *kills <= kills_seen_) return false;
    kills_seen_ = *kills;
    peak_bytes_ = limit_bytes_;
    return true;
  }

 private:
  Sandbox& sandbox_;
  const int64_t limit_bytes_;
  int64_t peak_bytes_ = 0;
  int64_t kills_seen_ = 0;
};

}  // namespace hearth::worker
