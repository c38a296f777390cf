// Credentials holds every access key in memory, ready to verify with.
//
// Errors:  an unknown or inactive key is nullptr.
// Threads: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/mutex.h"
#include "controller/auth/identity.h"

namespace hearth::controller {

struct Credential {
  ~Credential();  // wipes the secret

  Identity identity;
  std::string secret_access_key;
  bool active = true;
  int64_t created_ms = 0;
};

// Shared with the requests that are being verified: none copies a secret.
using CredentialPtr = std::shared_ptr<const Credential>;

class Credentials {
 public:
  // Called with every access key that was added, replaced or removed, without a lock held. Set before use.
  void SetOnChanged(std::function<void(std::string_view access_key_id)> on_changed) {
    on_changed_ = std::move(on_changed);
  }

  // Adds or replaces.
  void Add(Credential credential);
  void Remove(std::string_view access_key_id);

  // Only an active key.
  CredentialPtr Find(std::string_view access_key_id) const;
  CredentialPtr FindAny(std::string_view access_key_id) const;
  // Those of one principal, in no order.
  std::vector<Credential> ListOf(std::string_view principal_id) const;
  // An active key of the account's root; nullptr when it has none.
  CredentialPtr FindRootOf(std::string_view account) const;

 private:
  std::function<void(std::string_view)> on_changed_ = [](std::string_view) {};
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, CredentialPtr> by_id_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
