// `hearth account` makes accounts and lists them, `hearth role close-sessions` ends the sessions of a role: an
// operator's acts, on the machine of the controller.
//
// Shapes:  create prints an AWS shared credentials profile named after the account, to be added to a credentials file.
// Errors:  for the operator.
// Threads: one.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "common/io/json.h"

namespace hearth::cli {

struct AccountOptions {
  std::string data_directory = "/var/lib/hearth";
  std::string account;  // empty: the controller draws one
  std::string role;     // whose sessions are closed
};

absl::Status RunAccountCreate(const AccountOptions& options);
absl::Status RunAccountList(const AccountOptions& options);
// `hearth role close-sessions`: every session of the role ends.
absl::Status RunCloseSessions(const AccountOptions& options);

// What create prints for the controller's answer.
std::string AccountProfile(const Json& answer);

}  // namespace hearth::cli
