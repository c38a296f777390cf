// Credentials holds every active access key in memory, ready to verify with.
//
// Errors:  an unknown or inactive key is nullopt; Load answers what the store and the envelope say.
// Threads: any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/random.h"
#include "controller/auth/identity.h"
#include "controller/secrets/envelope.h"
#include "controller/store/account_store.h"

namespace hearth::controller {

struct Credential {
  Identity identity;
  std::string secret_access_key;
};

class Credentials {
 public:
  ~Credentials();

  absl::Status Load(const AccountStore& accounts, const Envelope& envelope);
  void Add(Credential credential);
  std::optional<Credential> Find(std::string_view access_key_id) const;
  // Any key of the account's root; nullopt when it has none.
  std::optional<Credential> FindRootOf(std::string_view account) const;

 private:
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, Credential> by_id_ GUARDED_BY(mutex_);
};

// Makes an access key of the account's root and keeps it, sealed.
absl::StatusOr<Credential> CreateRootKey(std::string_view account, AccountStore& accounts, const Envelope& envelope,
                                         Random& random, Clock& clock);

// The AWS shared credentials file with one profile.
std::string SharedCredentialsFile(const Credential& credential, std::string_view profile);

}  // namespace hearth::controller
