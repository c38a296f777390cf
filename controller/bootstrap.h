// Bootstrap makes the first account and its root access key, and writes the key where the operator asked for it.
//
// Shapes:  the file is an AWS shared credentials file with profile "default", mode 0600.
// Errors:  the store's and the file system's.
// Threads: one, at start.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "common/clock.h"
#include "common/random.h"
#include "controller/auth/credentials.h"
#include "controller/secrets/envelope.h"
#include "controller/store/account_store.h"

namespace hearth::controller {

// Fills `credentials` with every key, after making what a new installation lacks. `credentials_file` empty: write none.
absl::Status Bootstrap(const std::string& account, const std::string& credentials_file, AccountStore& accounts,
                       const Envelope& envelope, Credentials& credentials, Clock& clock, Random& random);

}  // namespace hearth::controller
