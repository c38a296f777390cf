// KmsCipher is the form of a ciphertext under a customer's key.
//
// Shapes:  "HKC1" | u16 length, key id | u16 length, material id | nonce (12) | AES-256-GCM ciphertext, tag (16).
//          Everything before the nonce, and the encryption context in the order of its keys, is authenticated.
// Errors:  DataLoss when it is none, was changed, or the context is another.
// Threads: no state.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/random.h"

namespace hearth::controller {

using KmsContext = std::map<std::string, std::string>;

struct KmsCiphertextKey {
  std::string key_id;
  std::string material_id;
};

std::string SealKmsCiphertext(const KmsCiphertextKey& key, std::string_view material, Random& random,
                              std::string_view plaintext, const KmsContext& context);
absl::StatusOr<KmsCiphertextKey> ReadKmsCiphertextKey(std::string_view ciphertext);
// `material` is that of ReadKmsCiphertextKey's answer.
absl::StatusOr<std::string> OpenKmsCiphertext(std::string_view material, std::string_view ciphertext,
                                              const KmsContext& context);

}  // namespace hearth::controller
