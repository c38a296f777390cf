// RSA signatures (PKCS #1 v1.5) and the certificate with which others check them.
//
// Shapes:  private keys are DER (PKCS #8) of 2048 bits; certificates are PEM (X.509 v3), signed by their own key.
// Errors:  nullopt for a private key of another form.
// Threads: no state.
// Source:  RFC 8017; RFC 5280; EVP_DigestSign(3), X509_sign(3).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth {

enum class RsaDigest { kSha1, kSha256 };

std::string NewRsaPrivateKey();
std::optional<std::string> RsaSign(std::string_view private_key, RsaDigest digest, std::string_view message);

// Whom a certificate names, and for how long.
struct CertificateSubject {
  std::string common_name;
  uint64_t serial = 1;
  int64_t from_unix_seconds = 0;
  int64_t until_unix_seconds = 0;
};
std::optional<std::string> SelfSignedCertificate(std::string_view private_key, const CertificateSubject& subject);

}  // namespace hearth
