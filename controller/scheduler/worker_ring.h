// WorkerRing is the workers that can serve the same functions, on a ring of hashes: a function's place on it names the
// worker where its code is cached, unless that one holds more than kLoadBound times its fair share.
//
// Shapes:  memory in bytes; a load is reserved memory over total memory.
// Errors:  none; no eligible worker is nullptr.
// Threads: guarded by its owner.
// Limits:  a choice looks at kMaxSteps points and kSample workers drawn at random; at all of them only when none of
//          those may take the environment.
// Source:  Karger et al., "Consistent Hashing and Random Trees"; Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing
//          with Bounded Loads".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/random.h"

namespace hearth::controller {

struct FleetWorker {
  std::string id;
  int64_t memory_bytes = 0;
  int64_t reserved_bytes = 0;
  int64_t environments = 0;
};

class WorkerRing {
 public:
  static constexpr double kLoadBound = 1.25;
  static constexpr int kPointsPerWorker = 16;
  static constexpr int kMaxSteps = 32;
  static constexpr int kSample = 3;

  // The worker stays where it is until it is removed.
  void Add(FleetWorker& worker);
  void Remove(FleetWorker& worker);
  bool empty() const { return members_.empty(); }
  // A member's figures change by this much; called before or after it is done to the worker itself.
  void Adjust(int64_t memory_bytes, int64_t reserved_bytes);

  FleetWorker* Choose(std::string_view locality, int64_t memory_bytes, const std::vector<std::string>& excluded,
                      Random& random) const;

 private:
  // What is looked for.
  struct Wanted {
    int64_t memory_bytes;
    const std::vector<std::string>& excluded;
    bool MayBe(const FleetWorker& worker) const;
  };

  bool WithinBound(const FleetWorker& worker, int64_t memory_bytes) const;

  std::map<uint64_t, FleetWorker*> points_;
  std::vector<FleetWorker*> members_;
  int64_t memory_bytes_ = 0;
  int64_t reserved_bytes_ = 0;
};

}  // namespace hearth::controller
