#include "controller/limits/api_rates.h"

namespace hearth::controller {
namespace {

bool Take(TokenBucket& bucket, int64_t per_second, MonotonicTime now) {
  if (per_second == 0) return true;
  return bucket.Take(static_cast<double>(per_second), static_cast<double>(per_second), now);
}

}  // namespace

bool ApiRates::Admit(const std::string& account, std::string_view operation) {
  const Limits limits = limits_of_(account);
  const MonotonicTime now = clock_.Monotonic();
  MutexLock lock(mutex_);
  Buckets& buckets = accounts_[account];
  if (operation == "GetFunction") return Take(buckets.get_function, limits.get_function_calls_per_second, now);
  if (operation == "GetPolicy") return Take(buckets.get_policy, limits.get_policy_calls_per_second, now);
  return Take(buckets.all, limits.api_calls_per_second, now);
}

}  // namespace hearth::controller
