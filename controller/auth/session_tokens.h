// SessionTokens makes and opens the session tokens of temporary credentials. A token holds the whole session, sealed,
// and the secret access key follows from the access key id: nothing is written when a role is assumed.
//
// Shapes:  a token is base64 of "H1" | key id (8) | nonce (12) | AES-256-GCM(SessionContents message) | tag (16); the
// access
//          key id travels as additional authenticated data, so a token serves one id only.
//          secret = base64(HMAC-SHA256(key, "secret" | access key id))[0, 40).
// Errors:  Open: nullopt for a token that was not made here, or for another access key id.
// Threads: any thread.
// Source:  identity.md 3.1 rule 10; NIST SP 800-38D.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/random.h"
#include "common/sigv4.h"
#include "controller/auth/session_keys.h"
#include "proto/identity_records.pb.h"

namespace hearth::controller {

class SessionTokens {
 public:
  static constexpr std::string_view kAccessKeyPrefix = "ASIA";
  static constexpr size_t kMaxTokenBytes = 16384;

  SessionTokens(const SessionKeys& keys, Random& random) : keys_(keys), random_(random) {}

  SigV4Credentials Seal(const records::SessionContents& session) const;

  struct Opened {
    records::SessionContents session;
    std::string secret_access_key;
  };
  std::optional<Opened> Open(std::string_view access_key_id, std::string_view token) const;

 private:
  const SessionKeys& keys_;
  Random& random_;
};

}  // namespace hearth::controller
