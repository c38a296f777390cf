// Jwt is an identity token as it travels; JwkSet are the public keys an issuer publishes to check them.
//
// Shapes:  three base64url parts joined by dots: a header, the claims, a signature over both. Keys are P-256 (ES256) or
//          RSA (RS256) ones; the others of a set are passed over.
// Errors:  nullopt, or InvalidArgument, for what has another form. A token may have kMaxTokenBytes, a set kMaxKeys.
// Threads: value types.
// Source:  RFC 7519; RFC 7515, "JWS Compact Serialization"; RFC 7517.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "common/jws.h"

namespace hearth::controller {

struct Jwt {
  static constexpr size_t kMaxTokenBytes = 20000;  // of AssumeRoleWithWebIdentity

  static std::optional<Jwt> Parse(std::string_view token);

  // nullptr and nullopt: the claim is absent or of another type.
  const std::string* Text(std::string_view claim) const;
  std::optional<int64_t> Seconds(std::string_view claim) const;
  std::string HeaderText(std::string_view name) const;  // "" when absent

  Json header;
  Json claims;
  std::string signed_part;
  std::string signature;
};

struct Jwk {
  std::string id;  // the "kid"; may be empty
  bool rsa = false;
  P256PublicKey point;            // unless rsa
  std::string modulus, exponent;  // of rsa
};

class JwkSet {
 public:
  static constexpr size_t kMaxBytes = 256 * 1024;
  static constexpr size_t kMaxKeys = 100;

  static absl::StatusOr<JwkSet> Parse(std::string_view json);
  explicit JwkSet(std::vector<Jwk> keys) : keys_(std::move(keys)) {}
  JwkSet() = default;

  const std::vector<Jwk>& keys() const { return keys_; }
  // Whether a key of the set made the token's signature with the algorithm its header names.
  bool Verifies(const Jwt& token) const;
  // {"keys":[…]}
  Json ToJson() const;

 private:
  std::vector<Jwk> keys_;
};

// A signed token of these claims.
std::string SignJwt(const Json& claims, std::string_view key_id, std::string_view private_key);

}  // namespace hearth::controller
