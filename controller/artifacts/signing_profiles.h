// SigningProfiles are the publishers this installation knows: which public key stands for which signing profile
// version.
//
// Shapes:  a text file, one per line: "<signing profile version ARN> <base64 of an Ed25519 public key>"; empty lines
// and
//          lines that begin with # say nothing.
// Errors:  InvalidArgument with the line's number; NotFound when the file is not there.
// Threads: read-only after Load.
// Limits:  kMaxBytes.
// Source:  docs/decisions/0009.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hearth::controller {

class SigningProfiles {
 public:
  static constexpr size_t kMaxBytes = size_t{1} << 20;

  SigningProfiles() = default;  // none
  static absl::StatusOr<SigningProfiles> Parse(std::string_view text);
  // `path` empty: none.
  static absl::StatusOr<SigningProfiles> Load(const std::string& path);

  // nullptr: nobody known here.
  const std::string* PublicKeyOf(std::string_view profile_version_arn) const;

 private:
  std::map<std::string, std::string, std::less<>> keys_;
};

// Who signed a package, as far as it can be told.
struct SignatureVerdict {
  enum class Kind {
    kTrusted,    // by a profile this installation knows, and every byte is as it was signed
    kUntrusted,  // not signed, by somebody unknown, or too long ago
    kBroken,     // changed after it was signed, or no signature that can be read
  };
  Kind kind = Kind::kUntrusted;
  std::string profile_version_arn;  // of kTrusted
};

SignatureVerdict JudgeSignature(std::string_view zip, const SigningProfiles& profiles, int64_t now_seconds);

}  // namespace hearth::controller
