// `hearth account` makes accounts and lists them: an operator's act, on the machine of the controller.
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
};

absl::Status RunAccountCreate(const AccountOptions& options);
absl::Status RunAccountList(const AccountOptions& options);

// What create prints for the controller's answer.
std::string AccountProfile(const Json& answer);

}  // namespace hearth::cli
