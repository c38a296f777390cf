#include "common/ed25519.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

namespace hearth {
namespace {

constexpr size_t kSignatureBytes = 64;

struct Deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter>;
using Context = std::unique_ptr<EVP_MD_CTX, Deleter>;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void Must(bool ok) {
  if (!ok) std::abort();
}

Key PrivateKey(std::string_view bytes) {
  Must(bytes.size() == kEd25519KeyBytes);
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(bytes), bytes.size()));
  Must(key != nullptr);
  return key;
}

}  // namespace

std::string Ed25519PublicKey(std::string_view private_key) {
  const Key key = PrivateKey(private_key);
  std::string public_key(kEd25519KeyBytes, '\0');
  size_t size = public_key.size();
  Must(EVP_PKEY_get_raw_public_key(key.get(), Bytes(public_key), &size) == 1 && size == kEd25519KeyBytes);
  return public_key;
}

std::string Ed25519Sign(std::string_view private_key, std::string_view message) {
  const Key key = PrivateKey(private_key);
  const Context context(EVP_MD_CTX_new());
  std::string signature(kSignatureBytes, '\0');
  size_t size = signature.size();
  Must(context != nullptr && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  Must(EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(message), message.size()) == 1);
  return signature;
}

bool Ed25519Verify(std::string_view public_key, std::string_view message, std::string_view signature) {
  if (public_key.size() != kEd25519KeyBytes || signature.size() != kSignatureBytes) return false;
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(public_key), public_key.size()));
  const Context context(EVP_MD_CTX_new());
  if (key == nullptr || context == nullptr) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
}

}  // namespace hearth
