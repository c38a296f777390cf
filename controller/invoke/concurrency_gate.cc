#include "controller/invoke/concurrency_gate.h"

#include <algorithm>

namespace hearth::controller {

Permit::~Permit() {
  if (gate_ != nullptr) gate_->GiveBack(account_, function_, version_);
}

std::variant<Permit, Refusal> ConcurrencyGate::TryAdmit(const std::string& account, const std::string& function,
                                                        Trigger trigger, const std::string& version) {
  const Limits limits = limits_of_(account);
  const MonotonicTime now = clock_.Monotonic();
  std::string counted;
  {
    MutexLock lock(mutex_);
    Account& of_account = accounts_[account];
    Function& of_function = of_account.functions[function];
    if (of_function.provisioned > 0) counted = version;
    const auto of_version = of_function.versions.find(counted);
    const bool provisioned =
        of_version != of_function.versions.end() && of_version->second.running < of_version->second.provisioned;
    std::optional<Refusal> refusal = Refuse(of_account, of_function, provisioned, limits.concurrent_executions);
    if (!refusal && trigger == Trigger::kSynchronous) refusal = Pace(of_account, of_function, limits, now);
    if (refusal) {
      Forget(account, function);
      return *refusal;
    }
    ++of_account.running;
    Edit(of_account, of_function, [&] {
      ++of_function.running;
      CountVersion(of_function, counted, 1);
    });
  }
  return Permit(*this, account, function, std::move(counted));
}

std::optional<Refusal> ConcurrencyGate::Refuse(const Account& account, const Function& function, bool provisioned,
                                               int64_t limit) {
  if (function.reserved) {
    if (function.running >= *function.reserved) return Refusal::kReserved;
    const int64_t running_elsewhere = function.running - function.running_provisioned;
    if (!provisioned && running_elsewhere >= *function.reserved - function.provisioned) return Refusal::kReserved;
  }
  // Also a reserved share waits while more runs than the account may: a reservation was made, or the limit lowered,
  // under running invocations.
  if (account.running >= limit) return Refusal::kAccount;
  if (function.reserved || provisioned) return std::nullopt;
  if (account.running - account.running_own >= limit - account.own) return Refusal::kAccount;
  return std::nullopt;
}

std::optional<Refusal> ConcurrencyGate::Pace(Account& account, Function& function, const Limits& limits,
                                             MonotonicTime now) {
  if (limits.invocations_per_concurrency == 0) return std::nullopt;
  const int64_t at_once = function.reserved.value_or(limits.concurrent_executions - account.reserved);
  const double rate = static_cast<double>(std::max<int64_t>(at_once, 0) * limits.invocations_per_concurrency);
  TokenBucket& bucket = function.reserved ? function.pace : account.pace;
  if (bucket.Take(rate, rate, now)) return std::nullopt;
  return function.reserved ? Refusal::kReservedRate : Refusal::kAccountRate;
}

template <class Change>
void ConcurrencyGate::Edit(Account& account, Function& function, Change change) {
  account.own -= function.own();
  account.running_own -= function.running_own();
  change();
  account.own += function.own();
  account.running_own += function.running_own();
}

void ConcurrencyGate::CountVersion(Function& function, const std::string& version, int64_t running) {
  if (version.empty()) return;
  Version& of_version = function.versions[version];
  function.running_provisioned -= of_version.in_provisioned();
  of_version.running += running;
  function.running_provisioned += of_version.in_provisioned();
  if (of_version.running == 0 && of_version.provisioned == 0) function.versions.erase(version);
}

void ConcurrencyGate::SetReserved(const std::string& account, const std::string& function,
                                  std::optional<int64_t> reserved) {
  MutexLock lock(mutex_);
  Account& of_account = accounts_[account];
  Function& of_function = of_account.functions[function];
  of_account.reserved += reserved.value_or(0) - of_function.reserved.value_or(0);
  Edit(of_account, of_function, [&] { of_function.reserved = reserved; });
  Forget(account, function);
}

void ConcurrencyGate::SetProvisioned(const std::string& account, const std::string& function,
                                     const std::string& version, int64_t provisioned) {
  MutexLock lock(mutex_);
  Account& of_account = accounts_[account];
  Function& of_function = of_account.functions[function];
  Edit(of_account, of_function, [&] {
    Version& of_version = of_function.versions[version];
    of_function.running_provisioned -= of_version.in_provisioned();
    of_function.provisioned += provisioned - of_version.provisioned;
    of_version.provisioned = provisioned;
    of_function.running_provisioned += of_version.in_provisioned();
    CountVersion(of_function, version, 0);
  });
  Forget(account, function);
}

void ConcurrencyGate::GiveBack(const std::string& account, const std::string& function, const std::string& version) {
  MutexLock lock(mutex_);
  Account& of_account = accounts_.find(account)->second;
  Function& of_function = of_account.functions.find(function)->second;
  --of_account.running;
  Edit(of_account, of_function, [&] {
    --of_function.running;
    CountVersion(of_function, version, -1);
  });
  Forget(account, function);
}

void ConcurrencyGate::Forget(const std::string& account, const std::string& function) {
  auto& functions = accounts_.find(account)->second.functions;
  const auto of_function = functions.find(function);
  const Function& found = of_function->second;
  if (found.running == 0 && !found.reserved && found.versions.empty()) functions.erase(of_function);
}

int64_t ConcurrencyGate::Running(const std::string& account) const {
  MutexLock lock(mutex_);
  const auto it = accounts_.find(account);
  return it == accounts_.end() ? 0 : it->second.running;
}

}  // namespace hearth::controller
