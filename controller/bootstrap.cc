#include "controller/bootstrap.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "controller/secrets/private_file.h"

namespace hearth::controller {
absl::Status Bootstrap(const std::string& account, const std::string& credentials_file, Accounts& accounts) {
  if (!IsAccountNumber(account)) {
    return absl::InvalidArgumentError(fmt::format("controller.account: '{}' is not 12 digits", account));
  }
  ASSIGN_OR_RETURN(const Credential root, accounts.Ensure(account));
  if (credentials_file.empty()) return absl::OkStatus();
  return WritePrivateFile(credentials_file, SharedCredentialsFile(root, "default"));
}

}  // namespace hearth::controller
