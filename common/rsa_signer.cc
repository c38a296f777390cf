#include "common/rsa_signer.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <memory>

namespace hearth {
namespace {

constexpr unsigned int kKeyBits = 2048;
constexpr long kVersion3 = 2;

struct Deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <typename T>
using Owned = std::unique_ptr<T, Deleter>;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// These calls fail only without memory or without the default provider: nothing after that could be trusted.
void Must(bool ok) {
  if (!ok) std::abort();
}

Owned<EVP_PKEY> PrivateKey(std::string_view der) {
  const unsigned char* at = Bytes(der);
  return Owned<EVP_PKEY>(d2i_PrivateKey(EVP_PKEY_RSA, nullptr, &at, static_cast<long>(der.size())));
}

std::string PemOf(X509* certificate) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  Must(bio != nullptr && PEM_write_bio_X509(bio.get(), certificate) == 1);
  char* text = nullptr;
  const long bytes = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(bytes));
}

}  // namespace

std::string NewRsaPrivateKey() {
  const Owned<EVP_PKEY> key(EVP_RSA_gen(kKeyBits));
  Must(key != nullptr);
  const int bytes = i2d_PrivateKey(key.get(), nullptr);
  Must(bytes > 0);
  std::string der(static_cast<size_t>(bytes), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  Must(i2d_PrivateKey(key.get(), &at) == bytes);
  return der;
}

std::optional<std::string> RsaSign(std::string_view private_key, RsaDigest digest, std::string_view message) {
  const Owned<EVP_PKEY> key = PrivateKey(private_key);
  if (key == nullptr) return std::nullopt;
  const EVP_MD* const algorithm = digest == RsaDigest::kSha1 ? EVP_sha1() : EVP_sha256();
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  Must(context != nullptr && EVP_DigestSignInit(context.get(), nullptr, algorithm, nullptr, key.get()) == 1);
  size_t bytes = static_cast<size_t>(EVP_PKEY_get_size(key.get()));
  std::string signature(bytes, '\0');
  Must(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &bytes, Bytes(message),
                      message.size()) == 1);
  signature.resize(bytes);
  return signature;
}

std::optional<std::string> SelfSignedCertificate(std::string_view private_key, const CertificateSubject& subject) {
  const Owned<EVP_PKEY> key = PrivateKey(private_key);
  if (key == nullptr) return std::nullopt;
  const Owned<X509> certificate(X509_new());
  Must(certificate != nullptr && X509_set_version(certificate.get(), kVersion3) == 1 &&
       ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), subject.serial) == 1 &&
       ASN1_TIME_set(X509_getm_notBefore(certificate.get()), subject.from_unix_seconds) != nullptr &&
       ASN1_TIME_set(X509_getm_notAfter(certificate.get()), subject.until_unix_seconds) != nullptr);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  Must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, Bytes(subject.common_name),
                                  static_cast<int>(subject.common_name.size()), -1, 0) == 1);
  Must(X509_set_issuer_name(certificate.get(), name) == 1 && X509_set_pubkey(certificate.get(), key.get()) == 1 &&
       X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  return PemOf(certificate.get());
}

}  // namespace hearth
