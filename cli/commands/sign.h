// `hearth sign` signs deployment packages, and makes the keys for it.
//
// Shapes:  a key file holds the base64 of an Ed25519 private key, 0600; the public key is printed in base64, as the
//          controller's file of signing profiles takes it.
// Errors:  for the one who signs; an output file that is there is not overwritten by a new key.
// Threads: one.
// Source:  docs/decisions/0009.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/random.h"

namespace hearth::cli {

struct SignOptions {
  std::string key_file;
  std::string profile_version_arn;
  int64_t valid_days = 0;  // 0: for ever
  std::string input;
  std::string output;
};

// Makes the key file; returns the public key in base64.
absl::StatusOr<std::string> MakeSigningKey(const std::string& key_file, Random& random);
absl::Status SignFile(const SignOptions& options, Clock& clock);

}  // namespace hearth::cli
