// The signatures of JSON Web Signature that identity tokens use: ES256, made and checked, and RS256, checked.
//
// Shapes:  private keys are DER (SEC 1); coordinates of P-256 are 32 bytes; an ES256 signature is 64 bytes, r then s;
// an
//          RSA key is its modulus and exponent, big-endian. Base64url is without padding.
// Errors:  a key or signature of another form verifies nothing. RSA keys below 2048 and above 8192 bits are of another
//          form.
// Threads: no state.
// Source:  RFC 7515, RFC 7518 (3.3, 3.4, 6.2, 6.3); FIPS 186-5; EVP_PKEY-EC(7), EVP_PKEY-RSA(7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth {

std::string Base64UrlEncode(std::string_view data);
std::optional<std::string> Base64UrlDecode(std::string_view text);  // strict; nullopt on any stray character

struct P256PublicKey {
  std::string x, y;
};

std::string NewP256PrivateKey();
// nullopt when the bytes are no private key of P-256.
std::optional<P256PublicKey> P256PublicKeyOf(std::string_view private_key);
// Precondition: P256PublicKeyOf answers for the key.
std::string Es256Sign(std::string_view private_key, std::string_view message);

bool Es256Verify(const P256PublicKey& key, std::string_view message, std::string_view signature);
bool Rs256Verify(std::string_view modulus, std::string_view exponent, std::string_view message,
                 std::string_view signature);

}  // namespace hearth
