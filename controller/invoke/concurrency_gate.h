// ConcurrencyGate counts running invocations against each account's limit and each function's reserved concurrency, and
// paces synchronous ones to so many a second for each that may run at once.
//
// Shapes:  limits and counts are invocations, >= 0. What a function has reserved is taken from what the other functions
//          of its account share, whether it runs or not; the account's limit holds in any case. Provisioned concurrency
//          belongs to one version: it is taken from the function's reservation or, without one, from what the account's
//          functions share; what the version runs beyond it counts as any other. Rates are shared as concurrency is: a
//          function with a reservation has its own. A second's worth may come at once.
// Errors:  none; a full gate is an answer (Refusal), not a failure.
// Threads: any thread; one mutex, held for a look-up.
// Source:  Lambda Developer Guide, "Understanding Lambda function scaling"; semantics.md §4 and §6.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "controller/limits/account_limits.h"
#include "controller/limits/token_bucket.h"

namespace hearth::controller {

class ConcurrencyGate;

// One running invocation; given back when it is destroyed. The gate outlives it.
class Permit {
 public:
  Permit(Permit&& other) noexcept
      : gate_(std::exchange(other.gate_, nullptr)),
        account_(std::move(other.account_)),
        function_(std::move(other.function_)),
        version_(std::move(other.version_)) {}
  Permit& operator=(Permit&&) = delete;
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;
  ~Permit();

 private:
  friend class ConcurrencyGate;
  Permit(ConcurrencyGate& gate, std::string account, std::string function, std::string version)
      : gate_(&gate), account_(std::move(account)), function_(std::move(function)), version_(std::move(version)) {}

  ConcurrencyGate* gate_;
  std::string account_, function_;
  std::string version_;  // empty: it is not counted by version
};

// The limit that is reached.
enum class Refusal { kAccount, kReserved, kAccountRate, kReservedRate };

class ConcurrencyGate {
 public:
  // An event was accepted before and waits its turn: no rate applies to it.
  enum class Trigger { kSynchronous, kEvent };

  ConcurrencyGate(LimitsOf limits_of, Clock& clock) : limits_of_(std::move(limits_of)), clock_(clock) {}

  // Precondition: the account exists; it is remembered from then on.
  std::variant<Permit, Refusal> TryAdmit(const std::string& account, const std::string& function,
                                         Trigger trigger = Trigger::kSynchronous, const std::string& version = {});
  // nullopt: the function shares what the account has left. What runs already goes on.
  void SetReserved(const std::string& account, const std::string& function, std::optional<int64_t> reserved);
  // Of one version; 0: none. What runs already goes on.
  void SetProvisioned(const std::string& account, const std::string& function, const std::string& version,
                      int64_t provisioned);
  int64_t Running(const std::string& account) const;

 private:
  friend class Permit;
  struct Version {
    int64_t provisioned = 0;
    int64_t running = 0;  // of those that began while any version of the function was provisioned
    int64_t in_provisioned() const { return std::min(running, provisioned); }
  };
  struct Function {
    int64_t running = 0;
    std::optional<int64_t> reserved;
    TokenBucket pace;                         // with a reservation
    int64_t provisioned = 0;                  // of all versions
    int64_t running_provisioned = 0;          // within it
    std::map<std::string, Version> versions;  // that are provisioned, or were when something began that still runs
    int64_t own() const { return reserved.value_or(provisioned); }
    int64_t running_own() const { return reserved ? running : running_provisioned; }
  };
  struct Account {
    int64_t running = 0;
    int64_t running_own = 0;  // within what is one function's alone
    int64_t own = 0;          // what is one function's alone: its reservation, else what it has provisioned
    int64_t reserved = 0;     // the sum of the reservations
    TokenBucket pace;         // of the functions without one
    absl::flat_hash_map<std::string, Function> functions;
  };

  // Changes a function and keeps the account's sums.
  template <class Change>
  static void Edit(Account& account, Function& function, Change change);
  static void CountVersion(Function& function, const std::string& version, int64_t running);
  static std::optional<Refusal> Refuse(const Account& account, const Function& function, bool provisioned,
                                       int64_t limit);
  static std::optional<Refusal> Pace(Account& account, Function& function, const Limits& limits, MonotonicTime now);
  void GiveBack(const std::string& account, const std::string& function, const std::string& version);
  // Nobody remembers a function that neither runs nor has anything of its own.
  void Forget(const std::string& account, const std::string& function) REQUIRES(mutex_);

  const LimitsOf limits_of_;
  Clock& clock_;
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, Account> accounts_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
