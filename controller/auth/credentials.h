// Credentials holds every access key in memory, ready to verify with.
//
// Errors:  an unknown or inactive key is nullopt.
// Threads: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/mutex.h"
#include "controller/auth/identity.h"

namespace hearth::controller {

struct Credential {
  Identity identity;
  std::string secret_access_key;
  bool active = true;
  int64_t created_ms = 0;
};

class Credentials {
 public:
  ~Credentials();

  // Called with every access key that was added, replaced or removed, without a lock held. Set before use.
  void SetOnChanged(std::function<void(std::string_view access_key_id)> on_changed) {
    on_changed_ = std::move(on_changed);
  }

  // Adds or replaces.
  void Add(Credential credential);
  void Remove(std::string_view access_key_id);

  // Only an active key.
  std::optional<Credential> Find(std::string_view access_key_id) const;
  std::optional<Credential> FindAny(std::string_view access_key_id) const;
  // Those of one principal, in no order.
  std::vector<Credential> ListOf(std::string_view principal_id) const;
  // An active key of the account's root; nullopt when it has none.
  std::optional<Credential> FindRootOf(std::string_view account) const;

 private:
  std::function<void(std::string_view)> on_changed_ = [](std::string_view) {};
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, Credential> by_id_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
