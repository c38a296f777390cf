// ApiRates paces the calls of each account to the Lambda API: GetFunction and GetPolicy each for themselves, all others
// together. Invocations have limits of their own (ConcurrencyGate).
//
// Shapes:  a second's worth of calls may come at once.
// Threads: any thread; one mutex, held for a look-up.
// Source:  semantics.md §4 "control plane".
#pragma once

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "controller/limits/account_limits.h"
#include "controller/limits/token_bucket.h"

namespace hearth::controller {

class ApiRates {
 public:
  ApiRates(LimitsOf limits_of, Clock& clock) : limits_of_(std::move(limits_of)), clock_(clock) {}

  // Whether the account may make this call now; counts it if so. Precondition: the account exists.
  bool Admit(const std::string& account, std::string_view operation);

 private:
  struct Buckets {
    TokenBucket all, get_function, get_policy;
  };

  const LimitsOf limits_of_;
  Clock& clock_;
  Mutex mutex_;
  absl::flat_hash_map<std::string, Buckets> accounts_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
