// Activator completes creations and updates: Pending becomes Active, InProgress becomes Successful, each with a new
// RevisionId.
//
// Errors:  a completion that fails (a full disk) is tried again every kRetryInterval.
// Threads: one of its own; Settle may be called from any thread.
// Source:  semantics.md §3.
#pragma once

#include <chrono>
#include <condition_variable>
#include <set>
#include <thread>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "common/random.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

class Activator {
 public:
  static constexpr std::chrono::seconds kRetryInterval{1};

  // Takes up what an earlier process left unsettled.
  Activator(FunctionStore& functions, Random& random);
  ~Activator();
  Activator(const Activator&) = delete;
  Activator& operator=(const Activator&) = delete;

  // Completes it soon, on the activator's thread.
  void Schedule(FunctionId id);
  // The record as a read shows it: the answer to the call that changed it said Pending or InProgress; from the next
  // read on it is settled. Blocks on disk.
  absl::StatusOr<records::Function> GetSettled(const FunctionId& id);
  // Completes it now, if it is still unsettled, and returns the record. Blocks on disk.
  absl::StatusOr<records::Function> Settle(const FunctionId& id);

 private:
  void Run();

  FunctionStore& functions_;
  Random& random_;
  Mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::set<FunctionId> waiting_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace hearth::controller
