// WebIdentities says whose identity token somebody carries, by the providers an account trusts.
//
// Shapes:  a refusal is AWS's error for AssumeRoleWithWebIdentity.
// Threads: any thread; may wait for an issuer's keys (verification_keys.h).
// Source:  AWS STS API Reference, "AssumeRoleWithWebIdentity"; OpenID Connect Core 1.0, "ID Token Validation"; IAM User
//          Guide, "Pass session tags in AWS STS".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/clock.h"
#include "controller/auth/oidc/oidc_providers.h"
#include "controller/auth/oidc/verification_keys.h"

namespace hearth::controller {

struct WebIdentity {
  std::string provider_arn;
  std::string issuer_name;  // before ":sub" and ":aud" in policies
  std::string subject;
  std::string audience;
  std::vector<std::string> methods;  // "amr"
  // What the issuer wants the session to carry: its claims "https://aws.amazon.com/tags" and "…/source_identity".
  std::map<std::string, std::string> tags;
  std::vector<std::string> transitive_tag_keys;
  std::string source_identity;
};

struct WebIdentityRefusal {
  std::string shape;  // "InvalidIdentityToken"
  std::string message;
};

class WebIdentities {
 public:
  static constexpr std::chrono::seconds kClockError{60};  // of the issuer's clock, for "nbf" and "iat"
  static constexpr size_t kMinSubject = 6, kMaxSubject = 255;

  WebIdentities(const OidcProviders& providers, VerificationKeys& keys, Clock& clock)
      : providers_(providers), keys_(keys), clock_(clock) {}

  // `account`: whose role is to be assumed, and whose providers count.
  std::variant<WebIdentity, WebIdentityRefusal> Verify(const std::string& account, std::string_view token) const;

 private:
  const OidcProviders& providers_;
  VerificationKeys& keys_;
  Clock& clock_;
};

}  // namespace hearth::controller
