// A signed package for the tests of those who judge packages.
#pragma once

#include <string>
#include <string_view>

#include "common/crypto.h"
#include "common/ed25519.h"
#include "common/packages/code_signature.h"

namespace hearth::controller {

inline const std::string kTestSigningKey(32, 'k');

// The smallest archive: an end record alone behind `content`.
inline std::string UnsignedPackage(std::string_view content) {
  return std::string(content) + std::string("PK\005\006", 4) + std::string(18, '\0');
}
inline std::string SignedPackage(std::string_view content, std::string_view profile_version_arn) {
  return SignPackage(UnsignedPackage(content), profile_version_arn, 0, kTestSigningKey).value();
}
// The line by which the installation knows the signer.
inline std::string ProfileLine(std::string_view profile_version_arn) {
  return std::string(profile_version_arn) + " " + Base64Encode(Ed25519PublicKey(kTestSigningKey)) + "\n";
}

}  // namespace hearth::controller
