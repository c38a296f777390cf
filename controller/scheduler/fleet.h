// Fleet knows the joined workers and what they hold, and chooses where an environment starts.
//
// A function goes to the worker that rendezvous hashing names (its code is cached there) unless that one holds more
// than kLoadBound times its fair share; then to the least loaded of a few drawn at random. Workers may still refuse.
//
// Shapes:  memory in bytes; a load is reserved memory over total memory.
// Threads: any thread.
// Source:  Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads"; Thaler, Ravishankar (HRW hashing).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/mutex.h"
#include "common/random.h"
#include "controller/scheduler/runtime_support.h"
#include "proto/node.pb.h"

namespace hearth::controller {

struct StartNeed {
  std::string locality;  // "account/function": what should meet again on one worker
  std::string runtime;
  std::string runtime_version_arn = {};  // of the version it must be; empty: the best there is
  std::string architecture;              // empty: any
  int64_t memory_bytes = 0;
};

struct FleetSnapshot {
  int workers = 0;
  int64_t memory_bytes = 0;
  int64_t memory_reserved_bytes = 0;
  int64_t environments = 0;  // as the workers last reported
};

class Fleet {
 public:
  static constexpr double kLoadBound = 1.25;
  static constexpr int kSample = 3;

  Fleet(RuntimeSupport& runtimes, Random& random) : runtimes_(runtimes), random_(random) {}

  void Join(const node::Hello& hello);
  void Leave(const std::string& worker_id);
  void Report(const std::string& worker_id, const node::Capacity& capacity);

  // Reserves the memory on the chosen worker; nullopt when no worker outside `excluded` serves the need.
  std::optional<std::string> Choose(const StartNeed& need, const std::vector<std::string>& excluded);
  void Release(const std::string& worker_id, int64_t memory_bytes);

  FleetSnapshot Snapshot() const;

 private:
  struct Worker {
    std::string architecture;
    int64_t memory_bytes = 0;
    int64_t reserved_bytes = 0;
    int64_t environments = 0;
  };
  using Workers = std::map<std::string, Worker>;
  using Candidates = std::vector<Workers::value_type*>;

  Candidates CandidatesFor(const StartNeed& need, const std::vector<std::string>& serving,
                           const std::vector<std::string>& excluded) REQUIRES(mutex_);
  static bool WithinBound(const Worker& worker, const Candidates& all, int64_t memory_bytes);

  RuntimeSupport& runtimes_;
  Random& random_;
  mutable Mutex mutex_;
  Workers workers_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
