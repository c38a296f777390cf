// Bootstrap makes the first account and its root access key, and writes the key where the operator asked for it.
//
// Shapes:  the file is an AWS shared credentials file with profile "default", mode 0600.
// Errors:  the store's and the file system's.
// Threads: one, at start.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "controller/auth/accounts.h"

namespace hearth::controller {

// `credentials_file` empty: write none. Precondition: the credentials of `accounts` are loaded.
absl::Status Bootstrap(const std::string& account, const std::string& credentials_file, Accounts& accounts);

}  // namespace hearth::controller
