// AccountLimits says what each account may use: what the operator set for it, else what the installation's settings
// say.
//
// Shapes:  limits are named (LimitKinds); counts, bytes and rates are whole numbers.
// Errors:  InvalidArgument (no such limit, out of its range), and the database's.
// Threads: any thread. Of is called on the invoke path: a look-up under a mutex, no disk. Set returns when it is on
// disk
//          and holds from then on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/limits.h"
#include "common/mutex.h"
#include "controller/store/database.h"
#include "proto/limits_records.pb.h"

namespace hearth::controller {

// What one account may use. Source: semantics.md §4; a rate of 0 is none.
struct Limits {
  int64_t code_bytes = kTotalCodeSizeBytes;
  int64_t concurrent_executions = kDefaultConcurrentExecutions;
  int64_t unreserved_concurrency = kMinUnreservedConcurrency;
  int64_t invocations_per_concurrency = 10;     // synchronous ones a second, for each that may run at once
  int64_t environments_per_ten_seconds = 1000;  // started for one function
  int64_t api_calls_per_second = 1000;          // of the Lambda API but for the next two and invocations
  int64_t get_function_calls_per_second = 1000;
  int64_t get_policy_calls_per_second = 1000;
};

using LimitsOf = std::function<Limits(const std::string& account)>;

struct LimitKind {
  std::string_view name;
  std::string_view setting;  // of the controller: what holds for accounts without a value of their own
  std::string_view unit;
  std::string_view reason;
  int64_t Limits::*value;
  int64_t minimum, maximum;
};

const std::vector<LimitKind>& LimitKinds();

class AccountLimits {
 public:
  // nullopt: what the installation has holds again.
  using Changes = std::map<std::string, std::optional<int64_t>>;

  static absl::StatusOr<std::unique_ptr<AccountLimits>> Open(Database& database, const Limits& defaults);

  // Knows no account's own limits until loaded: Open is the way in.
  AccountLimits(Database& database, const Limits& defaults) : database_(database), defaults_(defaults) {}

  Limits Of(const std::string& account) const;
  // What the operator set for this account alone, by name.
  std::map<std::string, int64_t> OwnOf(const std::string& account) const;
  // All of `changes` or, with an error, none. Precondition: the account exists.
  absl::Status Set(const std::string& account, const Changes& changes);

 private:
  Limits Resolve(const records::AccountLimits& own) const;

  Database& database_;
  const Limits defaults_;
  // Held across the synced write, against the rule of STYLE.md 8: order on disk and in memory must be the same.
  Mutex writer_;
  struct Entry {
    records::AccountLimits own;
    Limits limits;
  };
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> accounts_ GUARDED_BY(mutex_);  // that have limits of their own
};

}  // namespace hearth::controller
