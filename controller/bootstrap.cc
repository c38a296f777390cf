#include "controller/bootstrap.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "common/log.h"
#include "controller/secrets/private_file.h"

namespace hearth::controller {
namespace {

bool IsAccountNumber(const std::string& text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string::npos;
}

absl::Status EnsureAccount(const std::string& id, AccountStore& accounts, Clock& clock) {
  const absl::Status standing = accounts.GetAccount(id).status();
  if (!absl::IsNotFound(standing)) return standing;
  records::Account account;
  account.set_id(id);
  account.set_created_ms(UnixMillis(clock.Wall()));
  LogInfo("account made", {{"account", id}});
  return accounts.PutAccount(account);
}

}  // namespace

absl::Status Bootstrap(const std::string& account, const std::string& credentials_file, AccountStore& accounts,
                       const Envelope& envelope, Credentials& credentials, Clock& clock, Random& random) {
  if (!IsAccountNumber(account)) {
    return absl::InvalidArgumentError(fmt::format("controller.account: '{}' is not 12 digits", account));
  }
  RETURN_IF_ERROR(EnsureAccount(account, accounts, clock));
  RETURN_IF_ERROR(credentials.Load(accounts, envelope));
  std::optional<Credential> root = credentials.FindRootOf(account);
  if (!root) {
    ASSIGN_OR_RETURN(root, CreateRootKey(account, accounts, envelope, random, clock));
    credentials.Add(*root);
    LogInfo("root access key made", {{"account", account}, {"access_key_id", root->identity.access_key_id}});
  }
  if (credentials_file.empty()) return absl::OkStatus();
  return WritePrivateFile(credentials_file, SharedCredentialsFile(*root));
}

}  // namespace hearth::controller
