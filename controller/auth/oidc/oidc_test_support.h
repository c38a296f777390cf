// What the tests of identity tokens share: an issuer of Hearth's own, and somebody else's.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "controller/auth/oidc/web_identity.h"
#include "controller/secrets/plain_keys_test_support.h"

namespace hearth::controller {

// Another issuer: signs whatever it is told to.
struct OtherIssuer {
  explicit OtherIssuer(std::string issuer_url) : url(std::move(issuer_url)) {
    Jwk key;
    key.id = "theirs";
    key.point = *P256PublicKeyOf(private_key);
    keys = JwkSet({key});
  }
  std::string Sign(int64_t now, Json::Object more = {}) const {
    Json claims(
        Json::Object{{"iss", url}, {"sub", "subject"}, {"aud", "sts.amazonaws.com"}, {"iat", now}, {"exp", now + 600}});
    for (auto& [name, value] : more) claims.Set(name, std::move(value));
    return SignJwt(claims, "theirs", private_key);
  }

  std::string url;
  std::string private_key = NewP256PrivateKey();
  JwkSet keys;
};

class OwnIssuer {
 public:
  OwnIssuer(Database& database, Clock& clock, Random& random)
      : envelope_(wrapping_, random),
        keys_(*IssuerKeys::Open(database, envelope_, clock)),
        issuer({"http://127.0.0.1:9000", "sts.amazonaws.com"}, *keys_, clock, random) {}

 private:
  PlainKeys wrapping_;
  Envelope envelope_;
  std::unique_ptr<IssuerKeys> keys_;

 public:
  IdentityIssuer issuer;
};

}  // namespace hearth::controller
