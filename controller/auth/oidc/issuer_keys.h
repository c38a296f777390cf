// IssuerKeys are the keys that sign Hearth's identity tokens: kept sealed in the database, renewed and dropped by age.
//
// A new key is published at once and signs kPublishAhead later, when nobody who checks tokens still holds an older
// list. A key is dropped kKeepFor after its successor began to sign: no token of it can still be good, or be renewed,
// then.
//
// Errors:  the database's and the envelope's; DataLoss for a key that cannot be opened.
// Threads: any thread. Tick and Rotate block on disk; the rest is memory only.
// Limits:  kMaxKeys at once: further rotations answer ResourceExhausted.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "controller/auth/oidc/jwt.h"
#include "controller/secrets/envelope.h"
#include "controller/store/database.h"

namespace hearth::controller {

class IssuerKeys {
 public:
  static constexpr std::chrono::hours kRenewAfter{30 * 24};
  static constexpr std::chrono::minutes kPublishAhead{10};
  static constexpr std::chrono::hours kKeepFor{25};
  static constexpr size_t kMaxKeys = 20;

  static absl::StatusOr<std::unique_ptr<IssuerKeys>> Open(Database& database, const Envelope& envelope, Clock& clock);
  ~IssuerKeys();

  std::string Sign(const Json& claims) const;
  JwkSet Published() const;
  std::vector<std::string> Ids() const;  // oldest first

  // Adds a key; its id.
  absl::StatusOr<std::string> Rotate();
  // Renews and drops by age.
  absl::Status Tick();
  // Seals each again that lies under an old key of the installation; how many.
  absl::StatusOr<int> Reseal();

 private:
  struct Key {
    Jwk published;
    std::string private_key;
    int64_t created_ms = 0;
  };

  IssuerKeys(Database& database, const Envelope& envelope, Clock& clock)
      : database_(database), envelope_(envelope), clock_(clock) {}
  absl::Status Load();
  absl::StatusOr<std::string> Add() REQUIRES(writer_);
  absl::Status DropOld() REQUIRES(writer_);
  std::shared_ptr<Key> Signing() const;

  Database& database_;
  const Envelope& envelope_;
  Clock& clock_;
  // Held across the synced write, against the rule of STYLE.md 8: one change at a time.
  Mutex writer_;
  mutable Mutex mutex_;
  std::vector<std::shared_ptr<Key>> keys_ GUARDED_BY(mutex_);  // oldest first; never empty once open
};

}  // namespace hearth::controller
