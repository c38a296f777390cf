#include "controller/invoke/concurrency_gate.h"

#include <algorithm>

namespace hearth::controller {

Permit::~Permit() {
  if (gate_ != nullptr) gate_->GiveBack(account_, function_);
}

std::variant<Permit, Refusal> ConcurrencyGate::TryAdmit(const std::string& account, const std::string& function,
                                                        Trigger trigger) {
  const Limits limits = limits_of_(account);
  const MonotonicTime now = clock_.Monotonic();
  {
    MutexLock lock(mutex_);
    Account& of_account = accounts_[account];
    Function& of_function = of_account.functions[function];
    std::optional<Refusal> refusal = Refuse(of_account, of_function, limits.concurrent_executions);
    if (!refusal && trigger == Trigger::kSynchronous) refusal = Pace(of_account, of_function, limits, now);
    if (refusal) {
      Forget(account, function);
      return *refusal;
    }
    ++of_account.running;
    ++of_function.running;
    if (of_function.reserved) ++of_account.running_reserved;
  }
  return Permit(*this, account, function);
}

std::optional<Refusal> ConcurrencyGate::Refuse(const Account& account, const Function& function, int64_t limit) {
  if (function.reserved && function.running >= *function.reserved) return Refusal::kReserved;
  // Also a reserved share waits while more runs than the account may: a reservation was made, or the limit lowered,
  // under running invocations.
  if (account.running >= limit) return Refusal::kAccount;
  if (function.reserved) return std::nullopt;
  if (account.running - account.running_reserved >= limit - account.reserved) return Refusal::kAccount;
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

void ConcurrencyGate::SetReserved(const std::string& account, const std::string& function,
                                  std::optional<int64_t> reserved) {
  MutexLock lock(mutex_);
  Account& of_account = accounts_[account];
  Function& of_function = of_account.functions[function];
  of_account.reserved += reserved.value_or(0) - of_function.reserved.value_or(0);
  if (reserved && !of_function.reserved) of_account.running_reserved += of_function.running;
  if (!reserved && of_function.reserved) of_account.running_reserved -= of_function.running;
  of_function.reserved = reserved;
  Forget(account, function);
}

void ConcurrencyGate::GiveBack(const std::string& account, const std::string& function) {
  MutexLock lock(mutex_);
  Account& of_account = accounts_.find(account)->second;
  Function& of_function = of_account.functions.find(function)->second;
  --of_account.running;
  --of_function.running;
  if (of_function.reserved) --of_account.running_reserved;
  Forget(account, function);
}

void ConcurrencyGate::Forget(const std::string& account, const std::string& function) {
  auto& functions = accounts_.find(account)->second.functions;
  const auto of_function = functions.find(function);
  if (of_function->second.running == 0 && !of_function->second.reserved) functions.erase(of_function);
}

int64_t ConcurrencyGate::Running(const std::string& account) const {
  MutexLock lock(mutex_);
  const auto it = accounts_.find(account);
  return it == accounts_.end() ? 0 : it->second.running;
}

}  // namespace hearth::controller
