// Hashes, HMAC, authenticated encryption and base64: the one door to OpenSSL.
//
// Shapes:  digests are raw bytes unless the name says Hex. Base64 is the standard alphabet with padding.
// Errors:  Open answers DataLoss when the sealed text or its context was changed.
// Threads: no shared state but Sha256Stream, one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hearth {

std::string Sha256(std::string_view data);
std::string Sha256Hex(std::string_view data);
std::string HmacSha256(std::string_view key, std::string_view data);
std::string HexEncode(std::string_view data);
std::optional<std::string> HexDecode(std::string_view hex);
std::string Base64Encode(std::string_view data);
std::optional<std::string> Base64Decode(std::string_view text);  // strict; nullopt on any stray character
// Constant-time comparison (CRYPTO_memcmp); false when the lengths differ.
bool EqualSecrets(std::string_view a, std::string_view b);
void CleanseSecret(std::string& secret);  // overwrites, then empties

class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  void Update(std::string_view data);
  std::string Finish();  // raw digest; once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// AES-256-GCM. key: 32 bytes, nonce: 12 bytes never used twice with a key; the result is ciphertext then 16-byte tag.
std::string SealAesGcm(std::string_view key, std::string_view nonce, std::string_view plaintext,
                       std::string_view context);
absl::StatusOr<std::string> OpenAesGcm(std::string_view key, std::string_view nonce, std::string_view sealed,
                                       std::string_view context);

}  // namespace hearth
