#include "controller/auth/policy/policy_principals.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/arn.h"
#include "common/errors.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxPrincipals = 500;
constexpr size_t kMaxPrincipalBytes = 2048;
constexpr size_t kAccountDigits = 12;

bool IsAccount(std::string_view text) {
  return text.size() == kAccountDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "lambda.amazonaws.com"
bool IsServiceName(std::string_view text) {
  return text.find('.') != std::string_view::npos && !text.starts_with('.') && !text.ends_with('.') &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
         });
}

bool HasWildcard(std::string_view text) { return text.find_first_of("*?${}") != std::string_view::npos; }

bool Contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

absl::Status Invalid(std::string_view type, std::string_view value) {
  return absl::InvalidArgumentError(
      fmt::format("Invalid principal in policy: \"{}\":\"{}\"", type, value.substr(0, 200)));
}

}  // namespace

PolicyCaller PolicyCaller::Of(const Identity& identity) {
  switch (identity.kind) {
    case Identity::Kind::kRoot:
      return {Kind::kRoot, identity.account, identity.principal_arn, {}};
    case Identity::Kind::kUser:
      return {Kind::kUser, identity.account, identity.principal_arn, {}};
    case Identity::Kind::kRoleSession:
      return {Kind::kRoleSession, identity.account, identity.principal_arn, identity.role_arn};
  }
  return {};
}

absl::StatusOr<PolicyPrincipals> PolicyPrincipals::Compile(const Json& element) {
  PolicyPrincipals principals;
  if (element.is_string()) {
    if (element.as_string() != "*") return Invalid("AWS", element.as_string());
    principals.anyone_ = true;
    return principals;
  }
  if (!element.is_object() || element.as_object().empty()) {
    return absl::InvalidArgumentError("Missing required field Principal cannot be empty!");
  }
  size_t count = 0;
  for (const auto& [type, values] : element.as_object()) {
    const Json::Array one = {values};
    const Json::Array& list = values.is_array() ? values.as_array() : one;
    if (list.empty()) return absl::InvalidArgumentError("Missing required field Principal cannot be empty!");
    for (const Json& value : list) {
      if (!value.is_string()) return Invalid(type, value.Dump());
      if (++count > kMaxPrincipals) return absl::InvalidArgumentError("A statement names too many principals.");
      RETURN_IF_ERROR(principals.Add(type, value.as_string()));
    }
  }
  return principals;
}

absl::Status PolicyPrincipals::Add(std::string_view type, std::string_view value) {
  if (value.empty() || value.size() > kMaxPrincipalBytes) return Invalid(type, value);
  if (type == "AWS") return AddAws(value);
  if (type == "Service") {
    if (!IsServiceName(value)) return Invalid(type, value);
    services_.emplace_back(value);
    return absl::OkStatus();
  }
  if (type == "Federated") {
    const std::optional<Arn> arn = Arn::Parse(value);
    const bool provider = arn && arn->service == "iam" &&
                          (arn->resource.starts_with("oidc-provider/") || arn->resource.starts_with("saml-provider/"));
    if (HasWildcard(value) || !(provider || IsServiceName(value))) return Invalid(type, value);
    federated_.emplace_back(value);
    return absl::OkStatus();
  }
  return Invalid(type, value);
}

absl::Status PolicyPrincipals::AddAws(std::string_view value) {
  if (value == "*") {
    anyone_ = true;
    return absl::OkStatus();
  }
  if (IsAccount(value)) {
    accounts_.emplace_back(value);
    return absl::OkStatus();
  }
  const std::optional<Arn> arn = Arn::Parse(value);
  if (!arn || HasWildcard(value) || !arn->region.empty() || !IsAccount(arn->account)) return Invalid("AWS", value);
  if (arn->service == "iam" && arn->resource == "root") {
    accounts_.push_back(arn->account);
    return absl::OkStatus();
  }
  const bool known = arn->service == "iam" ? arn->resource.starts_with("user/") || arn->resource.starts_with("role/")
                                           : arn->service == "sts" && (arn->resource.starts_with("assumed-role/") ||
                                                                       arn->resource.starts_with("federated-user/"));
  if (!known) return Invalid("AWS", value);
  arns_.emplace_back(value);
  return absl::OkStatus();
}

Named PolicyPrincipals::Names(const PolicyCaller& caller) const {
  using Kind = PolicyCaller::Kind;
  Named named = Named::kNo;
  switch (caller.kind) {
    case Kind::kRoot:
      if (Contains(accounts_, caller.account)) return Named::kExactly;
      break;
    case Kind::kUser:
    case Kind::kRoleSession:
      if (Contains(arns_, caller.name)) return Named::kExactly;
      if (!caller.role_arn.empty() && Contains(arns_, caller.role_arn)) return Named::kByRole;
      if (Contains(accounts_, caller.account)) named = Named::kByAccount;
      break;
    case Kind::kService:
      if (Contains(services_, caller.name)) return Named::kExactly;
      break;
    case Kind::kFederated:
      if (Contains(federated_, caller.name)) return Named::kExactly;
      break;
    case Kind::kAnonymous:
      break;
  }
  return anyone_ ? Named::kAsAnyone : named;
}

}  // namespace hearth::controller
