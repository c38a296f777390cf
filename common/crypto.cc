#include "common/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstdlib>

namespace hearth {
namespace {

constexpr size_t kSha256Bytes = 32;
constexpr size_t kGcmKeyBytes = 32;
constexpr size_t kGcmNonceBytes = 12;
constexpr size_t kGcmTagBytes = 16;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// These calls fail only without memory or without the default provider: nothing after that could be trusted.
void Must(bool ok) {
  if (!ok) std::abort();
}

// Fetched once: OpenSSL 3 looks an algorithm up by name at every implicit use.
const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Must(algorithm != nullptr);
  return algorithm;
}

const EVP_CIPHER* GcmAlgorithm() {
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  Must(algorithm != nullptr);
  return algorithm;
}

// An HMAC-SHA256 context without a key, to be copied.
const EVP_MAC_CTX* HmacTemplate() {
  static const EVP_MAC_CTX* const context = [] {
    EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    EVP_MAC_CTX* const made = EVP_MAC_CTX_new(mac);
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0), OSSL_PARAM_construct_end()};
    Must(made != nullptr && EVP_MAC_CTX_set_params(made, parameters) == 1);
    return made;
  }();
  return context;
}

struct CipherContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherContextDeleter>;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string Sha256(std::string_view data) {
  std::string digest(kSha256Bytes, '\0');
  Must(EVP_Digest(data.data(), data.size(), Bytes(digest), nullptr, Sha256Algorithm(), nullptr) == 1);
  return digest;
}

std::string Sha256Hex(std::string_view data) { return HexEncode(Sha256(data)); }

std::string HmacSha256(std::string_view key, std::string_view data) {
  EVP_MAC_CTX* const context = EVP_MAC_CTX_dup(HmacTemplate());
  // A null key would mean "keep the old one", so an empty key still needs an address.
  const unsigned char* const key_bytes = key.empty() ? Bytes("") : Bytes(key);
  std::string digest(kSha256Bytes, '\0');
  size_t size = 0;
  Must(context != nullptr && EVP_MAC_init(context, key_bytes, key.size(), nullptr) == 1);
  Must(EVP_MAC_update(context, Bytes(data), data.size()) == 1);
  Must(EVP_MAC_final(context, Bytes(digest), &size, digest.size()) == 1 && size == kSha256Bytes);
  EVP_MAC_CTX_free(context);
  return digest;
}

std::string HexEncode(std::string_view data) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex(data.size() * 2, '\0');
  for (size_t i = 0; i < data.size(); ++i) {
    const auto byte = static_cast<unsigned char>(data[i]);
    hex[2 * i] = kDigits[byte >> 4];
    hex[2 * i + 1] = kDigits[byte & 15];
  }
  return hex;
}

std::optional<std::string> HexDecode(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string data(hex.size() / 2, '\0');
  for (size_t i = 0; i < data.size(); ++i) {
    const int high = HexValue(hex[2 * i]);
    const int low = HexValue(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    data[i] = static_cast<char>(high << 4 | low);
  }
  return data;
}

std::string Base64Encode(std::string_view data) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((data.size() + 2) / 3 * 4);
  for (size_t at = 0; at < data.size(); at += 3) {
    const size_t have = std::min<size_t>(3, data.size() - at);
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < have ? static_cast<unsigned char>(data[at + i]) : 0u);
    }
    for (size_t i = 0; i < 4; ++i) text += i <= have ? kAlphabet[group >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

std::optional<std::string> Base64Decode(std::string_view text) {
  static const std::array<signed char, 256> kValues = [] {
    std::array<signed char, 256> values{};
    values.fill(-1);
    for (int i = 0; i < 26; ++i) values['A' + i] = static_cast<signed char>(i);
    for (int i = 0; i < 26; ++i) values['a' + i] = static_cast<signed char>(26 + i);
    for (int i = 0; i < 10; ++i) values['0' + i] = static_cast<signed char>(52 + i);
    values['+'] = 62;
    values['/'] = 63;
    return values;
  }();
  if (text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  std::string data;
  data.reserve(text.size() / 4 * 3);
  uint32_t group = 0;
  for (size_t i = 0; i < text.size() - padding; ++i) {
    const int value = kValues[static_cast<unsigned char>(text[i])];
    if (value < 0) return std::nullopt;
    group = group << 6 | static_cast<uint32_t>(value);
    if (i % 4 != 3) continue;
    for (const int shift : {16, 8, 0}) data += static_cast<char>(group >> shift & 255);
    group = 0;
  }
  if (padding == 1) {
    if ((group & 3) != 0) return std::nullopt;  // bits that no byte holds
    data += static_cast<char>(group >> 10 & 255);
    data += static_cast<char>(group >> 2 & 255);
  } else if (padding == 2) {
    if ((group & 15) != 0) return std::nullopt;
    data += static_cast<char>(group >> 4 & 255);
  }
  return data;
}

bool EqualSecrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void CleanseSecret(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

struct Sha256Stream::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  Must(state_->context != nullptr && EVP_DigestInit_ex2(state_->context, Sha256Algorithm(), nullptr) == 1);
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Update(std::string_view data) {
  Must(EVP_DigestUpdate(state_->context, data.data(), data.size()) == 1);
}

std::string Sha256Stream::Finish() {
  std::string digest(kSha256Bytes, '\0');
  Must(EVP_DigestFinal_ex(state_->context, Bytes(digest), nullptr) == 1);
  return digest;
}

std::string SealAesGcm(std::string_view key, std::string_view nonce, std::string_view plaintext,
                       std::string_view context) {
  Must(key.size() == kGcmKeyBytes && nonce.size() == kGcmNonceBytes);
  const CipherContext cipher(EVP_CIPHER_CTX_new());
  std::string sealed(plaintext.size() + kGcmTagBytes, '\0');
  int size = 0;
  Must(cipher != nullptr && EVP_EncryptInit_ex2(cipher.get(), GcmAlgorithm(), Bytes(key), Bytes(nonce), nullptr) == 1);
  Must(EVP_EncryptUpdate(cipher.get(), nullptr, &size, Bytes(context), static_cast<int>(context.size())) == 1);
  Must(EVP_EncryptUpdate(cipher.get(), Bytes(sealed), &size, Bytes(plaintext), static_cast<int>(plaintext.size())) ==
       1);
  Must(EVP_EncryptFinal_ex(cipher.get(), Bytes(sealed) + size, &size) == 1);
  Must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kGcmTagBytes, Bytes(sealed) + plaintext.size()) == 1);
  return sealed;
}

absl::StatusOr<std::string> OpenAesGcm(std::string_view key, std::string_view nonce, std::string_view sealed,
                                       std::string_view context) {
  if (key.size() != kGcmKeyBytes || nonce.size() != kGcmNonceBytes || sealed.size() < kGcmTagBytes) {
    return absl::DataLossError("sealed text, key or nonce has the wrong size");
  }
  const size_t text_bytes = sealed.size() - kGcmTagBytes;
  std::string tag(sealed.substr(text_bytes));
  std::string plaintext(text_bytes, '\0');
  const CipherContext cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  Must(cipher != nullptr && EVP_DecryptInit_ex2(cipher.get(), GcmAlgorithm(), Bytes(key), Bytes(nonce), nullptr) == 1);
  Must(EVP_DecryptUpdate(cipher.get(), nullptr, &size, Bytes(context), static_cast<int>(context.size())) == 1);
  Must(EVP_DecryptUpdate(cipher.get(), Bytes(plaintext), &size, Bytes(sealed), static_cast<int>(text_bytes)) == 1);
  Must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kGcmTagBytes, tag.data()) == 1);
  unsigned char* const end = Bytes(plaintext) + text_bytes;
  if (EVP_DecryptFinal_ex(cipher.get(), end, &size) != 1) {
    CleanseSecret(plaintext);
    return absl::DataLossError("sealed text or its context was changed");
  }
  return plaintext;
}

}  // namespace hearth
