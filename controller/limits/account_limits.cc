#include "controller/limits/account_limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

constexpr size_t kScanPage = 500;
constexpr int64_t kMostAtOnce = 1'000'000;

const LimitKind* FindKind(std::string_view name) {
  const std::vector<LimitKind>& kinds = LimitKinds();
  const auto it = std::find_if(kinds.begin(), kinds.end(), [&](const LimitKind& kind) { return kind.name == name; });
  return it == kinds.end() ? nullptr : &*it;
}

absl::Status Check(const std::string& name, const std::optional<int64_t>& value) {
  const LimitKind* const kind = FindKind(name);
  if (kind == nullptr) {
    std::string known;
    for (const LimitKind& each : LimitKinds()) known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
    return absl::InvalidArgumentError(fmt::format("'{}' is not a limit; there are {}", name, known));
  }
  if (!value || (*value >= kind->minimum && *value <= kind->maximum)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{} is {} to {} {}, not {}", name, kind->minimum, kind->maximum, kind->unit, *value));
}

}  // namespace

const std::vector<LimitKind>& LimitKinds() {
  static const std::vector<LimitKind> kinds = {
      {"code_bytes", "controller.max_code_bytes", "bytes", "Code an account may keep in all.", &Limits::code_bytes, 1,
       INT64_MAX},
      {"concurrent_executions", "controller.concurrent_executions", "invocations",
       "Invocations an account may have running at once, as GetAccountSettings shows it.",
       &Limits::concurrent_executions, 1, kMostAtOnce},
      {"unreserved_concurrency", "controller.unreserved_concurrency", "invocations",
       "What the reserved concurrency of an account's functions must leave to its other functions.",
       &Limits::unreserved_concurrency, 0, kMostAtOnce},
      {"invocations_per_concurrency", "controller.invocations_per_concurrency", "invocations a second",
       "Synchronous invocations a second for each that may run at once, as AWS counts them; 0: no such limit.",
       &Limits::invocations_per_concurrency, 0, kMostAtOnce},
      {"environments_per_ten_seconds", "controller.environments_per_ten_seconds", "environments",
       "Environments of one function that may start within ten seconds, AWS's scaling rate; 0: no such limit.",
       &Limits::environments_per_ten_seconds, 0, kMostAtOnce},
      {"api_calls_per_second", "controller.api_calls_per_second", "calls",
       "Lambda API calls of an account but for invocations, GetFunction and GetPolicy (AWS: 15); 0: no such limit.",
       &Limits::api_calls_per_second, 0, kMostAtOnce},
      {"get_function_calls_per_second", "controller.get_function_calls_per_second", "calls",
       "Calls of GetFunction an account may make (AWS: 100); 0: no such limit.", &Limits::get_function_calls_per_second,
       0, kMostAtOnce},
      {"get_policy_calls_per_second", "controller.get_policy_calls_per_second", "calls",
       "Calls of GetPolicy an account may make (AWS: 15); 0: no such limit.", &Limits::get_policy_calls_per_second, 0,
       kMostAtOnce},
  };
  return kinds;
}

absl::StatusOr<std::unique_ptr<AccountLimits>> AccountLimits::Open(Database& database, const Limits& defaults) {
  auto limits = std::make_unique<AccountLimits>(database, defaults);
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<KeyValue> page, database.Scan(kAccountLimitsPrefix, after, kScanPage));
    MutexLock lock(limits->mutex_);
    for (const KeyValue& pair : page) {
      Entry& entry = limits->accounts_[pair.key.substr(kAccountLimitsPrefix.size())];
      if (!entry.own.ParseFromString(pair.value)) {
        return absl::DataLossError(fmt::format("record {} cannot be read", pair.key));
      }
      entry.limits = limits->Resolve(entry.own);
    }
    if (page.size() < kScanPage) return limits;
    after = page.back().key;
  }
}

Limits AccountLimits::Of(const std::string& account) const {
  MutexLock lock(mutex_);
  const auto it = accounts_.find(account);
  return it == accounts_.end() ? defaults_ : it->second.limits;
}

std::map<std::string, int64_t> AccountLimits::OwnOf(const std::string& account) const {
  MutexLock lock(mutex_);
  const auto it = accounts_.find(account);
  if (it == accounts_.end()) return {};
  return {it->second.own.values().begin(), it->second.own.values().end()};
}

absl::Status AccountLimits::Set(const std::string& account, const Changes& changes) {
  for (const auto& [name, value] : changes) RETURN_IF_ERROR(Check(name, value));
  MutexLock writer(writer_);
  Entry entry;
  for (const auto& [name, value] : OwnOf(account)) (*entry.own.mutable_values())[name] = value;
  for (const auto& [name, value] : changes) {
    if (value) {
      (*entry.own.mutable_values())[name] = *value;
    } else {
      entry.own.mutable_values()->erase(name);
    }
  }
  WriteBatch batch;
  if (entry.own.values().empty()) {
    batch.Delete(AccountLimitsKey(account));
  } else {
    batch.Put(AccountLimitsKey(account), entry.own.SerializeAsString());
  }
  RETURN_IF_ERROR(database_.Write(batch, WriteSync::kSynced));
  entry.limits = Resolve(entry.own);
  MutexLock lock(mutex_);
  if (entry.own.values().empty()) {
    accounts_.erase(account);
  } else {
    accounts_.insert_or_assign(account, std::move(entry));
  }
  return absl::OkStatus();
}

Limits AccountLimits::Resolve(const records::AccountLimits& own) const {
  Limits limits = defaults_;
  for (const LimitKind& kind : LimitKinds()) {
    const auto it = own.values().find(std::string(kind.name));
    if (it != own.values().end()) limits.*kind.value = it->second;
  }
  return limits;
}

}  // namespace hearth::controller
