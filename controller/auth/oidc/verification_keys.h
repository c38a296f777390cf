// VerificationKeys finds the public keys of an issuer: its own, those of a file, or those the issuer itself publishes.
//
// Shapes:  a file is "*.json" in a folder: {"issuer": "https://…", "keys": [ … ]}, a set of keys (RFC 7517) that
//          names its issuer. A file stands before what the issuer publishes.
// Errors:  NotFound when nobody says what the keys are; Unavailable when the issuer does not answer as it should, did
//          not a moment ago, or is being asked already.
// Threads: any thread. Reads files; with `fetch` may wait twice kFetchLimit for the issuer: one thread for an issuer
// and
//          kMaxAsking in all, so that nobody's silence takes every thread. The others go on without.
// Limits:  kMaxFiles; what was fetched serves kFetchedFor, and while it is fetched once more; a failure serves
//          kFailedFor; kMaxFetched issuers are kept.
// Source:  OpenID Connect Discovery 1.0, "Obtaining OpenID Provider Configuration Information".
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "controller/auth/oidc/identity_issuer.h"

namespace hearth::controller {

class VerificationKeys {
 public:
  static constexpr size_t kMaxFiles = 200;
  static constexpr size_t kMaxFetched = 200;
  static constexpr std::chrono::seconds kFetchedFor{300};
  static constexpr std::chrono::seconds kFailedFor{30};
  static constexpr int kMaxAsking = 2;  // of controller.api_threads
  static constexpr std::chrono::seconds kFetchLimit{5};
  // The body at a URL. Blocks.
  using Fetch = std::function<absl::StatusOr<std::string>(const std::string& url)>;

  // `folder` empty: no files. `fetch` empty: issuers are not asked.
  VerificationKeys(const IdentityIssuer& own, std::string folder, Fetch fetch, Clock& clock)
      : own_(own), folder_(std::move(folder)), fetch_(std::move(fetch)), clock_(clock) {}

  absl::StatusOr<JwkSet> Find(const std::string& issuer);

 private:
  struct Fetched {
    absl::StatusOr<JwkSet> keys;
    MonotonicTime at;
    bool asking = false;
  };

  absl::StatusOr<JwkSet> InFolder(const std::string& issuer) const;
  absl::StatusOr<JwkSet> Published(const std::string& issuer);
  // What is known of the issuer; nullopt when the caller is to ask it.
  std::optional<absl::StatusOr<JwkSet>> KnownOrAsking(const std::string& issuer);
  void ForgetOldest() REQUIRES(mutex_);
  absl::StatusOr<JwkSet> Ask(const std::string& issuer) const;

  const IdentityIssuer& own_;
  const std::string folder_;
  const Fetch fetch_;
  Clock& clock_;
  Mutex mutex_;
  std::map<std::string, Fetched> fetched_ GUARDED_BY(mutex_);
  int asking_ GUARDED_BY(mutex_) = 0;
};

// Fetches by https, no more than a set of keys may have. Follows no redirection.
VerificationKeys::Fetch FetchByHttps();

}  // namespace hearth::controller
