// ConcurrencyGate counts running invocations against each account's limit.
//
// Shapes:  limits and counts are invocations, >= 0.
// Errors:  none; a full gate is an answer (no Permit), not a failure.
// Threads: any thread; one mutex, held for a look-up.
// Source:  Lambda Developer Guide, "Understanding Lambda function scaling".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/mutex.h"

namespace hearth::controller {

class ConcurrencyGate;

// One running invocation; given back when it is destroyed. The gate outlives it.
class Permit {
 public:
  Permit(Permit&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), account_(std::move(other.account_)) {}
  Permit& operator=(Permit&&) = delete;
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;
  ~Permit();

 private:
  friend class ConcurrencyGate;
  Permit(ConcurrencyGate& gate, std::string account) : gate_(&gate), account_(std::move(account)) {}

  ConcurrencyGate* gate_;
  std::string account_;
};

class ConcurrencyGate {
 public:
  using LimitOf = std::function<int64_t(const std::string& account)>;

  explicit ConcurrencyGate(LimitOf limit_of) : limit_of_(std::move(limit_of)) {}

  std::optional<Permit> TryAdmit(const std::string& account);
  int64_t Running(const std::string& account) const;

 private:
  friend class Permit;
  void GiveBack(const std::string& account);

  const LimitOf limit_of_;
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, int64_t> running_ GUARDED_BY(mutex_);  // no entry: none runs
};

}  // namespace hearth::controller
