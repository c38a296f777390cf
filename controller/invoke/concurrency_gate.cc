#include "controller/invoke/concurrency_gate.h"

namespace hearth::controller {

Permit::~Permit() {
  if (gate_ != nullptr) gate_->GiveBack(account_);
}

std::optional<Permit> ConcurrencyGate::TryAdmit(const std::string& account) {
  const int64_t limit = limit_of_(account);
  {
    MutexLock lock(mutex_);
    const auto it = running_.find(account);
    const int64_t running = it == running_.end() ? 0 : it->second;
    if (running >= limit) return std::nullopt;
    running_[account] = running + 1;
  }
  return Permit(*this, account);
}

void ConcurrencyGate::GiveBack(const std::string& account) {
  MutexLock lock(mutex_);
  const auto it = running_.find(account);
  if (--it->second == 0) running_.erase(it);
}

int64_t ConcurrencyGate::Running(const std::string& account) const {
  MutexLock lock(mutex_);
  const auto it = running_.find(account);
  return it == running_.end() ? 0 : it->second;
}

}  // namespace hearth::controller
