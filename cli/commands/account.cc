#include "cli/commands/account.h"

#include <fmt/format.h>

#include <charconv>

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

absl::StatusOr<Json> LimitChanges(const std::vector<std::string>& changes) {
  Json body{Json::Object()};
  for (const std::string& change : changes) {
    const size_t equals = change.find('=');
    const std::string value = equals == std::string::npos ? "" : change.substr(equals + 1);
    int64_t number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = read.ec == std::errc() && read.ptr == value.data() + value.size();
    if (!whole && value != "default") {
      return absl::InvalidArgumentError(fmt::format("'{}' is neither NAME=NUMBER nor NAME=default", change));
    }
    body.Set(change.substr(0, equals), whole ? Json(number) : Json());
  }
  return body;
}

std::string LimitLines(const Json& answer) {
  std::string lines;
  const Json* limits = answer.Find("Limits");
  if (limits == nullptr || !limits->is_array()) return lines;
  for (const Json& limit : limits->as_array()) {
    const Json* value = limit.Find("Value");
    const Json* own = limit.Find("Own");
    lines +=
        fmt::format("{:<30} {:>14} {:<22} {:<8} {}\n", TextOf(limit, "Name"),
                    value != nullptr && value->is_integer() ? value->as_integer() : 0, TextOf(limit, "Unit"),
                    own != nullptr && own->is_bool() && own->as_bool() ? "own" : "default", TextOf(limit, "Reason"));
  }
  return lines;
}

absl::Status RunAccountLimits(const AccountOptions& options) {
  ASSIGN_OR_RETURN(const Json changes, LimitChanges(options.limit_changes));
  const std::string method = options.limit_changes.empty() ? "GET" : "PUT";
  ASSIGN_OR_RETURN(const Json answer,
                   Ask(options, method, fmt::format("/accounts/{}/limits", options.account), changes));
  fmt::print("{}", LimitLines(answer));
  return absl::OkStatus();
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
