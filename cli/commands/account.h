// `hearth account` makes accounts, lists them and says what each may use, `hearth role close-sessions` ends the
// sessions of a role: an operator's acts, on the machine of the controller.
//
// Shapes:  create prints an AWS shared credentials profile named after the account, to be added to a credentials file.
//          A change of a limit is "NAME=NUMBER", or "NAME=default" for what the installation's settings say.
// Errors:  for the operator.
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/io/json.h"

namespace hearth::cli {

struct AccountOptions {
  std::string data_directory = "/var/lib/hearth";
  std::string account;  // empty: the controller draws one
  std::string role;     // whose sessions are closed
  std::vector<std::string> limit_changes;
};

absl::Status RunAccountCreate(const AccountOptions& options);
absl::Status RunAccountList(const AccountOptions& options);
// Changes what is asked for, then prints every limit of the account.
absl::Status RunAccountLimits(const AccountOptions& options);
// `hearth role close-sessions`: every session of the role ends.
absl::Status RunCloseSessions(const AccountOptions& options);

// What create prints for the controller's answer.
std::string AccountProfile(const Json& answer);
// What the controller is sent for "NAME=NUMBER" and "NAME=default".
absl::StatusOr<Json> LimitChanges(const std::vector<std::string>& changes);
// A line for each limit of the controller's answer.
std::string LimitLines(const Json& answer);

}  // namespace hearth::cli
