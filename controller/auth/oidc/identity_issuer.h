// IdentityIssuer gives environments tokens that say which function they are, and publishes what is needed to check
// them.
//
// Shapes:  claims of a token: iss (the issuer's URL), sub ("arn:aws:lambda:REGION:ACCOUNT:function:NAME:VERSION",
// VERSION
//          a number or "$LATEST"), aud, iat, nbf, exp, jti, and "hearth": {"account", "function", "version",
//          "started"}, `started` being when the first token of the environment was made. Times are seconds. Signed with
//          ES256.
// Errors:  Renew: nullopt for what is no token of this issuer, and kLongestEnvironment after the first.
// Threads: any thread; memory only.
// Source:  OpenID Connect Core 1.0, "ID Token"; OpenID Connect Discovery 1.0, "Provider Metadata"; RFC 7519.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/random.h"
#include "controller/auth/oidc/issuer_keys.h"

namespace hearth::controller {

struct IssuerOptions {
  std::string url;  // "https://hearth.example.com", without a slash at its end
  std::string audience;
  std::chrono::seconds lifetime{3600};
};

struct FunctionSubject {
  std::string region, account, name, version;
};

class IdentityIssuer {
 public:
  static constexpr std::chrono::hours kLongestEnvironment{13};
  static constexpr char kDiscoveryPath[] = "/.well-known/openid-configuration";
  static constexpr char kKeysPath[] = "/.well-known/jwks.json";
  static constexpr std::chrono::seconds kCacheFor{300};  // below IssuerKeys::kPublishAhead

  IdentityIssuer(IssuerOptions options, const IssuerKeys& keys, Clock& clock, Random& random)
      : options_(std::move(options)), keys_(keys), clock_(clock), random_(random) {}

  const std::string& url() const { return options_.url; }
  JwkSet Published() const { return keys_.Published(); }

  struct Token {
    std::string text;
    std::chrono::milliseconds renew_after;  // half of its life
  };
  Token Issue(const FunctionSubject& subject) const;
  // Another for whom `token` was made, though it may have ended by now.
  std::optional<Token> Renew(std::string_view token) const;

  // The document at `path`; nullopt for another path.
  std::optional<std::string> Document(std::string_view path) const;

 private:
  Token Sign(Json::Object who) const;

  const IssuerOptions options_;
  const IssuerKeys& keys_;
  Clock& clock_;
  Random& random_;
};

}  // namespace hearth::controller
