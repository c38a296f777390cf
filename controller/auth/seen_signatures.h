// SeenSignatures remembers the signatures of calls that change something, so that one that was overheard is of no use
// again. Signature Version 4 itself lets it be used for as long as clocks may differ.
//
// Clients that say nothing unique in two equal calls sign them alike when they make both in one second: for kSameCall a
// signature counts as new. After that, until it is too old to be accepted at all, it is a repetition.
//
// Threads: any thread; one mutex, held for a look-up.
// Limits:  two generations of kMaxInGeneration; what does not fit is not remembered, and counted (not_remembered).
// Source:  identity.md 3.1 rule 9.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace hearth::controller {

class SeenSignatures {
 public:
  // A generation takes some 28 MiB when it is full.
  static constexpr size_t kMaxInGeneration = 600000;
  static constexpr std::chrono::seconds kSameCall{2};

  // `window`: from the earliest to the latest moment at which a signature is accepted.
  SeenSignatures(std::chrono::seconds window, Clock& clock, size_t max_in_generation = kMaxInGeneration)
      : window_(window), clock_(clock), max_in_generation_(max_in_generation) {}

  // False for a repetition. `signature` is 64 hex digits.
  bool IsNew(std::string_view signature);
  int64_t not_remembered() const;

 private:
  using Digest = std::array<uint64_t, 2>;  // of 128 bits of the signature
  using Generation = absl::flat_hash_map<Digest, MonotonicTime>;

  void TurnOver(MonotonicTime now) REQUIRES(mutex_);

  const std::chrono::seconds window_;
  Clock& clock_;
  const size_t max_in_generation_;
  mutable Mutex mutex_;
  Generation current_ GUARDED_BY(mutex_);
  Generation previous_ GUARDED_BY(mutex_);
  MonotonicTime began_ GUARDED_BY(mutex_){};  // of the current generation
  int64_t not_remembered_ GUARDED_BY(mutex_) = 0;
};

}  // namespace hearth::controller
