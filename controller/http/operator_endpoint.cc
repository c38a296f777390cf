#include "controller/http/operator_endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "common/errors.h"

namespace hearth::controller {
namespace {

constexpr char kJson[] = "application/json";

HttpResponse Render(int status, const Json& body) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", kJson);
  response.body = body.Dump();
  return response;
}

int StatusOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
      return 409;
    default:
      return 500;
  }
}

HttpResponse RenderError(const absl::Status& status) {
  return Render(StatusOf(status), Json(Json::Object{{"error", std::string(status.message())}}));
}

// ID of "/accounts/ID/limits".
std::optional<std::string> LimitedAccount(const HttpRequest& request) {
  std::string_view path = request.path();
  constexpr std::string_view kBefore = "/accounts/", kAfter = "/limits";
  if (!path.starts_with(kBefore) || !path.ends_with(kAfter) || path.size() < kBefore.size() + kAfter.size()) {
    return std::nullopt;
  }
  path.remove_prefix(kBefore.size());
  path.remove_suffix(kAfter.size());
  return std::string(path);
}

absl::StatusOr<AccountLimits::Changes> ReadChanges(const std::string& body) {
  ASSIGN_OR_RETURN(const Json parsed, Json::Parse(body));
  if (!parsed.is_object()) return absl::InvalidArgumentError("the limits must be an object");
  AccountLimits::Changes changes;
  for (const auto& [name, value] : parsed.as_object()) {
    if (!value.is_null() && !value.is_integer()) {
      return absl::InvalidArgumentError(fmt::format("{} must be a whole number or null", name));
    }
    changes[name] = value.is_null() ? std::nullopt : std::optional<int64_t>(value.as_integer());
  }
  return changes;
}

// GET lists them, POST adds one first.
absl::StatusOr<Json> AnswerKeys(const HttpRequest& request, const SealingKeys& keys) {
  if (request.method != "GET" && request.method != "POST") return absl::NotFoundError("there are GET and POST");
  if (request.method == "POST") RETURN_IF_ERROR(keys.rotate());
  Json::Array ids;
  for (const std::string& id : keys.ids()) ids.push_back(id);
  return Json(Json::Object{{"Keys", std::move(ids)}});
}

}  // namespace

void OperatorEndpoint::Handle(HttpRequest request, std::unique_ptr<HttpResponder> responder) {
  struct Exchange {
    HttpRequest request;
    std::unique_ptr<HttpResponder> responder;
  };
  auto exchange = std::make_shared<Exchange>(Exchange{std::move(request), std::move(responder)});
  const absl::Status queued = pool_.Submit([this, exchange] { exchange->responder->Send(Answer(exchange->request)); });
  if (queued.ok()) return;
  exchange->responder->Send(Render(503, Json(Json::Object{{"error", "too many requests wait already"}})));
}

HttpResponse OperatorEndpoint::Answer(const HttpRequest& request) {
  absl::StatusOr<Json> answer = absl::NotFoundError(
      "there are GET and POST /accounts, /sealing-keys and /issuer-keys, GET and PUT /accounts/ID/limits, and POST "
      "/role-sessions/close");
  if (request.path() == "/accounts" && request.method == "POST") answer = CreateAccount(request);
  if (request.path() == "/accounts" && request.method == "GET") answer = ListAccounts();
  if (request.path() == "/sealing-keys") answer = AnswerKeys(request, sealing_keys_);
  if (request.path() == "/issuer-keys") answer = AnswerKeys(request, issuer_keys_);
  if (request.path() == "/role-sessions/close" && request.method == "POST") answer = CloseSessions(request);
  if (LimitedAccount(request) && (request.method == "GET" || request.method == "PUT"))
    answer = ShowOrSetLimits(request);
  return answer.ok() ? Render(200, *answer) : RenderError(answer.status());
}

absl::StatusOr<Json> OperatorEndpoint::CreateAccount(const HttpRequest& request) {
  ASSIGN_OR_RETURN(const Json body, request.body.empty() ? Json(Json::Object()) : Json::Parse(request.body));
  const Json* id = body.Find("Account");
  if (id != nullptr && !id->is_string()) return absl::InvalidArgumentError("Account must be a string");
  ASSIGN_OR_RETURN(const Credential root,
                   accounts_.Create(id == nullptr ? std::nullopt : std::optional<std::string>(id->as_string())));
  return Json(Json::Object{{"Account", root.identity.account},
                           {"AccessKeyId", root.identity.access_key_id},
                           {"SecretAccessKey", root.secret_access_key}});
}

absl::StatusOr<Json> OperatorEndpoint::CloseSessions(const HttpRequest& request) {
  ASSIGN_OR_RETURN(const Json body, Json::Parse(request.body));
  const Json* account = body.Find("Account");
  const Json* role = body.Find("RoleName");
  if (account == nullptr || !account->is_string() || role == nullptr || !role->is_string()) {
    return absl::InvalidArgumentError("Account and RoleName must be strings");
  }
  RETURN_IF_ERROR(sessions_.Revoke(account->as_string(), role->as_string()));
  return Json(Json::Object());
}

absl::StatusOr<Json> OperatorEndpoint::ShowOrSetLimits(const HttpRequest& request) {
  const std::string id = LimitedAccount(request).value_or("");
  ASSIGN_OR_RETURN(const std::vector<records::Account> accounts, accounts_.List());
  if (std::none_of(accounts.begin(), accounts.end(), [&](const auto& account) { return account.id() == id; })) {
    return absl::NotFoundError(fmt::format("there is no account '{}'", id));
  }
  if (request.method == "PUT") {
    ASSIGN_OR_RETURN(const AccountLimits::Changes changes, ReadChanges(request.body));
    RETURN_IF_ERROR(limits_.Set(id, changes));
  }
  const Limits limits = limits_.Of(id);
  const std::map<std::string, int64_t> own = limits_.OwnOf(id);
  Json::Array rows;
  for (const LimitKind& kind : LimitKinds()) {
    const std::string name(kind.name);
    rows.push_back(Json(Json::Object{{"Name", name},
                                     {"Value", limits.*kind.value},
                                     {"Own", own.contains(name)},
                                     {"Unit", std::string(kind.unit)},
                                     {"Reason", std::string(kind.reason)}}));
  }
  return Json(Json::Object{{"Limits", std::move(rows)}});
}

absl::StatusOr<Json> OperatorEndpoint::ListAccounts() const {
  ASSIGN_OR_RETURN(const std::vector<records::Account> accounts, accounts_.List());
  Json::Array rows;
  for (const records::Account& account : accounts) {
    rows.push_back(Json(Json::Object{{"Account", account.id()},
                                     {"CreateDate", FormatIsoMillis(FromUnixMillis(account.created_ms()))}}));
  }
  return Json(Json::Object{{"Accounts", std::move(rows)}});
}

}  // namespace hearth::controller
