// `hearth keyring` replaces the key that seals this installation's secrets, or the one that signs functions' identity
// tokens, and shows how far that is.
//
// Errors:  for the operator.
// Threads: one.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "common/io/json.h"

namespace hearth::cli {

struct KeyringOptions {
  std::string data_directory = "/var/lib/hearth";
  bool issuer = false;  // the keys that sign identity tokens
};

absl::Status RunKeyringRotate(const KeyringOptions& options);
absl::Status RunKeyringList(const KeyringOptions& options);

// What list prints for the controller's answer: a key a line, oldest first.
std::string KeyringLines(const Json& answer);
std::string IssuerLines(const Json& answer);

}  // namespace hearth::cli
