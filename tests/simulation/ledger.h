// Ledger is what really happened to every request, kept apart from the code under test, and what of it is wrong.
//
// Shapes:  a violation is a sentence with its virtual time. The first few are kept, all are counted.
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "controller/invoke/invoker.h"
#include "tests/simulation/workload.h"

namespace hearth::simulation {

struct RequestCounts {
  uint64_t asked = 0, answered = 0, completed = 0, throttled = 0, failed = 0;
  uint64_t runs = 0, cold_runs = 0;
  Nanoseconds longest_wait{};  // from the request to its run
};

class Ledger {
 public:
  static constexpr size_t kKeptViolations = 20;

  Ledger(World& world, int64_t account_limit) : world_(world), account_limit_(account_limit) {}

  std::string Asked(const SimulatedFunction& function);
  void Answered(const std::string& request_id, const absl::StatusOr<controller::InvokeOutcome>& outcome);
  // A worker begins and ends to run it.
  void RunBegan(const std::string& request_id, int revision, bool cold);
  void RunEnded(const std::string& request_id);
  void MustBeAnswered(const std::string& request_id);
  void Violation(const std::string& text);

  // Everyone was answered; forgets them.
  void CheckNobodyWaits();

  const RequestCounts& counts() const { return counts_; }
  uint64_t violation_count() const { return violation_count_; }
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  struct Request {
    const SimulatedFunction* function = nullptr;
    MonotonicTime asked{};
    int revision = 0;  // the oldest it may run
    int runs = 0;
    bool running = false, answered = false;
  };

  void CheckLimits(const SimulatedFunction& function);

  World& world_;
  const int64_t account_limit_;
  uint64_t next_ = 0;
  absl::flat_hash_map<std::string, Request> requests_;
  // Running for a caller who still waits.
  int64_t running_ = 0;
  absl::flat_hash_map<std::string, int64_t> running_of_;
  RequestCounts counts_;
  uint64_t violation_count_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace hearth::simulation
