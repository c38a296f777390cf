#include "common/jws.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "common/crypto.h"

namespace hearth {
namespace {

constexpr size_t kCoordinateBytes = 32;
constexpr size_t kMinModulusBytes = 256;
constexpr size_t kMaxModulusBytes = 1024;
constexpr size_t kMaxExponentBytes = 8;
constexpr char kGroup[] = "prime256v1";

struct Deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
};
template <typename T>
using Owned = std::unique_ptr<T, Deleter>;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void Must(bool ok) {
  if (!ok) std::abort();
}

Owned<EVP_PKEY> PrivateKey(std::string_view der) {
  const unsigned char* at = Bytes(der);
  Owned<EVP_PKEY> key(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, static_cast<long>(der.size())));
  char group[32] = "";
  size_t length = 0;
  const bool usable = key != nullptr && EVP_PKEY_get_group_name(key.get(), group, sizeof(group), &length) == 1 &&
                      std::string_view(group) == kGroup;
  return usable ? std::move(key) : nullptr;
}

Owned<BIGNUM> Number(std::string_view bytes) {
  return Owned<BIGNUM>(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

Owned<EVP_PKEY> PublicKey(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  const bool made = parameters != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
  return Owned<EVP_PKEY>(made ? key : nullptr);
}

// OpenSSL refuses a point that is not on the curve.
Owned<EVP_PKEY> PublicKeyOf(const P256PublicKey& key) {
  if (key.x.size() != kCoordinateBytes || key.y.size() != kCoordinateBytes) return nullptr;
  const std::string point = std::string(1, POINT_CONVERSION_UNCOMPRESSED) + key.x + key.y;
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  Must(builder != nullptr &&
       OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kGroup, 0) == 1 &&
       OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1);
  return PublicKey("EC", builder.get());
}

bool Verify(EVP_PKEY* key, std::string_view message, std::string_view signature) {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (key == nullptr || context == nullptr) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1) return false;
  return EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
}

std::string Coordinate(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  Must(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  const Owned<BIGNUM> owned(number);
  std::string bytes(kCoordinateBytes, '\0');
  Must(BN_bn2binpad(number, Bytes(bytes), static_cast<int>(bytes.size())) > 0);
  return bytes;
}

}  // namespace

std::string Base64UrlEncode(std::string_view data) {
  std::string text = Base64Encode(data);
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<std::string> Base64UrlDecode(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  standard.append((4 - standard.size() % 4) % 4, '=');
  return Base64Decode(standard);
}

std::string NewP256PrivateKey() {
  const Owned<EVP_PKEY> key(EVP_EC_gen(kGroup));
  Must(key != nullptr);
  unsigned char* out = nullptr;
  const int size = i2d_PrivateKey(key.get(), &out);
  Must(size > 0);
  std::string der(reinterpret_cast<const char*>(out), static_cast<size_t>(size));
  OPENSSL_clear_free(out, static_cast<size_t>(size));
  return der;
}

std::optional<P256PublicKey> P256PublicKeyOf(std::string_view private_key) {
  const Owned<EVP_PKEY> key = PrivateKey(private_key);
  if (key == nullptr) return std::nullopt;
  return P256PublicKey{Coordinate(key.get(), OSSL_PKEY_PARAM_EC_PUB_X),
                       Coordinate(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y)};
}

// OpenSSL answers in DER; JSON Web Signature wants the two numbers side by side.
std::string Es256Sign(std::string_view private_key, std::string_view message) {
  const Owned<EVP_PKEY> key = PrivateKey(private_key);
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  Must(key != nullptr && context != nullptr);
  size_t size = 0;
  Must(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
       EVP_DigestSign(context.get(), nullptr, &size, Bytes(message), message.size()) == 1);
  std::string der(size, '\0');
  Must(EVP_DigestSign(context.get(), Bytes(der), &size, Bytes(message), message.size()) == 1);
  const unsigned char* at = Bytes(std::string_view(der));
  const Owned<ECDSA_SIG> pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  std::string signature(2 * kCoordinateBytes, '\0');
  Must(pair != nullptr && BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), Bytes(signature), kCoordinateBytes) > 0 &&
       BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), Bytes(signature) + kCoordinateBytes, kCoordinateBytes) > 0);
  return signature;
}

bool Es256Verify(const P256PublicKey& key, std::string_view message, std::string_view signature) {
  if (signature.size() != 2 * kCoordinateBytes) return false;
  const Owned<ECDSA_SIG> pair(ECDSA_SIG_new());
  Owned<BIGNUM> r = Number(signature.substr(0, kCoordinateBytes));
  Owned<BIGNUM> s = Number(signature.substr(kCoordinateBytes));
  if (pair == nullptr || r == nullptr || s == nullptr || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) {
    return false;
  }
  static_cast<void>(r.release());  // the pair's now
  static_cast<void>(s.release());
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &out);
  if (size <= 0) return false;
  const std::string der(reinterpret_cast<const char*>(out), static_cast<size_t>(size));
  OPENSSL_free(out);
  return Verify(PublicKeyOf(key).get(), message, der);
}

bool Rs256Verify(std::string_view modulus, std::string_view exponent, std::string_view message,
                 std::string_view signature) {
  if (modulus.size() < kMinModulusBytes || modulus.size() > kMaxModulusBytes || exponent.empty() ||
      exponent.size() > kMaxExponentBytes) {
    return false;
  }
  const Owned<BIGNUM> n = Number(modulus);
  const Owned<BIGNUM> e = Number(exponent);
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  Must(n != nullptr && e != nullptr && builder != nullptr &&
       OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
       OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1);
  return Verify(PublicKey("RSA", builder.get()).get(), message, signature);
}

}  // namespace hearth
