// SessionKeys are the secrets that seal session tokens: kept sealed in the database, renewed at a start when the newest
// has served long enough, dropped when no token of theirs can still be good.
//
// Errors:  the database's and the envelope's; DataLoss for a key that cannot be opened.
// Threads: fixed after Open.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/random.h"
#include "controller/secrets/envelope.h"
#include "controller/store/database.h"
#include "proto/records.pb.h"

namespace hearth::controller {

class SessionKeys {
 public:
  static constexpr std::chrono::hours kRenewAfter{30 * 24};

  static absl::StatusOr<SessionKeys> Open(Database& database, const Envelope& envelope, Clock& clock, Random& random);
  ~SessionKeys();
  SessionKeys(SessionKeys&&) = default;

  const std::string& current() const { return current_; }
  const std::string* Find(const std::string& id) const;  // 32 bytes; nullptr when there is none

 private:
  SessionKeys() = default;

  std::map<std::string, std::string> keys_;
  std::string current_;
};

// Seals each again that lies under an old key of the installation; how many. The secrets themselves stay as they are.
absl::StatusOr<int> ResealSessionKeys(Database& database, const Envelope& envelope);

}  // namespace hearth::controller
