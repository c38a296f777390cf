#include "cli/commands/account.h"

#include <fmt/format.h>

#include "cli/operator_client.h"
#include "common/errors.h"

namespace hearth::cli {
namespace {

std::string TextOf(const Json& object, std::string_view member) {
  const Json* found = object.Find(member);
  return found != nullptr && found->is_string() ? found->as_string() : std::string();
}

absl::StatusOr<Json> Ask(const AccountOptions& options, const std::string& method, const std::string& path,
                         const Json& body) {
  const std::unique_ptr<HttpClient> client = HttpClient::Create();
  ASSIGN_OR_RETURN(const std::string socket, FindOperatorSocket(options.data_directory));
  return OperatorClient(*client, socket).Ask(method, path, body);
}

}  // namespace

std::string AccountProfile(const Json& answer) {
  return fmt::format("[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n", TextOf(answer, "Account"),
                     TextOf(answer, "AccessKeyId"), TextOf(answer, "SecretAccessKey"));
}

absl::Status RunAccountCreate(const AccountOptions& options) {
  Json body{Json::Object()};
  if (!options.account.empty()) body.Set("Account", options.account);
  ASSIGN_OR_RETURN(const Json answer, Ask(options, "POST", "/accounts", body));
  fmt::print("{}", AccountProfile(answer));
  return absl::OkStatus();
}

absl::Status RunCloseSessions(const AccountOptions& options) {
  const Json body(Json::Object{{"Account", options.account}, {"RoleName", options.role}});
  return Ask(options, "POST", "/role-sessions/close", body).status();
}

absl::Status RunAccountList(const AccountOptions& options) {
  ASSIGN_OR_RETURN(const Json answer, Ask(options, "GET", "/accounts", Json()));
  const Json* accounts = answer.Find("Accounts");
  if (accounts == nullptr || !accounts->is_array())
    return absl::InternalError("the controller's answer has no accounts");
  for (const Json& account : accounts->as_array()) {
    fmt::print("{} {}\n", TextOf(account, "Account"), TextOf(account, "CreateDate"));
  }
  return absl::OkStatus();
}

}  // namespace hearth::cli
