// CodeSignature is a publisher's word for a zip, carried in the comment at the zip's end: the archive stays one that
// every tool reads, and what is signed is every byte of it but the comment.
//
// Shapes:  the comment is
//              hearth-signature-1
//              profile <signing profile version ARN>
//              expires <seconds since 1970, or never>
//              <base64 of the Ed25519 signature>
//          and the signature is over these lines without the last, then the hex SHA-256 of the unsigned zip.
// Errors:  InvalidArgument for a zip that cannot carry a signature.
// Threads: no state.
// Source:  docs/decisions/0009.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hearth {

struct CodeSignature {
  std::string profile_version_arn;
  int64_t expires_seconds = 0;  // 0: never
  std::string signature;        // raw
  std::string signed_text;      // what the signature is over, recomputed from the zip

  bool VerifiesWith(std::string_view public_key) const;
};

// `expires_seconds` 0: never. A signature that is there is replaced; any other comment is refused.
absl::StatusOr<std::string> SignPackage(std::string_view zip, std::string_view profile_version_arn,
                                        int64_t expires_seconds, std::string_view private_key);
// nullopt: the zip carries none. InvalidArgument: it carries something that cannot be read as one.
absl::StatusOr<std::optional<CodeSignature>> ReadCodeSignature(std::string_view zip);

}  // namespace hearth
