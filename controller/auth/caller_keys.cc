#include "controller/auth/caller_keys.h"

#include "common/same_text.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kTrue = "true";
constexpr std::string_view kFalse = "false";
constexpr std::string_view kPrincipalTag = "aws:principaltag/";

// What follows the last '/': the user of "arn:aws:iam::1:user/path/ann".
std::string_view LastPart(std::string_view arn) { return arn.substr(arn.rfind('/') + 1); }

std::optional<std::string_view> UnlessEmpty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

std::string_view PrincipalType(Identity::Kind kind) {
  switch (kind) {
    case Identity::Kind::kRoot:
      return "Account";
    case Identity::Kind::kUser:
      return "User";
    case Identity::Kind::kRoleSession:
      return "AssumedRole";
  }
  return "";
}

}  // namespace

void CallerKeys::Find(std::string_view lower_case_key, ConditionValues& values) const {
  std::optional<std::string_view> found = identity_ != nullptr ? OfIdentity(lower_case_key) : std::nullopt;
  if (!found && service_ != nullptr) found = OfService(lower_case_key);
  if (!found) found = OfRequest(lower_case_key);
  if (found) {
    values.push_back(*found);
    return;
  }
  for (const auto& [key, value] : request_.context) {
    if (SameText(key, lower_case_key)) return values.push_back(value);
  }
  if (request_.more_keys != nullptr) request_.more_keys->Find(lower_case_key, values);
}

std::optional<std::string_view> CallerKeys::OfIdentity(std::string_view key) const {
  const Identity& caller = *identity_;
  const bool session = caller.kind == Identity::Kind::kRoleSession;
  if (key == "aws:principalarn") return session ? caller.role_arn : caller.principal_arn;
  if (key == "aws:principalaccount") return caller.account;
  if (key == "aws:principaltype") return PrincipalType(caller.kind);
  if (key == "aws:userid") return caller.principal_id;
  if (key == "aws:username" && caller.kind == Identity::Kind::kUser) return LastPart(caller.principal_arn);
  if (key == "aws:multifactorauthpresent" && caller.token_issued_ms != 0) return kFalse;
  if (key == "aws:principalisawsservice") return kFalse;
  if (key == "aws:sourceidentity") return UnlessEmpty(caller.source_identity);
  if (key == "aws:federatedprovider") return UnlessEmpty(caller.federated_provider);
  if (key.starts_with(kPrincipalTag)) return PrincipalTag(key.substr(kPrincipalTag.size()));
  if (key == "aws:tokenissuetime" && caller.token_issued_ms != 0)
    return Keep(FormatIsoMillis(FromUnixMillis(caller.token_issued_ms)));
  if (key == "lambda:sourcefunctionarn") return UnlessEmpty(caller.source_function_arn);
  return std::nullopt;
}

// A session's tag stands before the one of its role.
std::optional<std::string_view> CallerKeys::PrincipalTag(std::string_view name) const {
  for (const std::map<std::string, std::string>* tags : {&identity_->session_tags, principal_tags_}) {
    if (tags == nullptr) continue;
    for (const auto& [key, value] : *tags) {
      if (SameText(key, name)) return value;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> CallerKeys::OfService(std::string_view key) const {
  if (key == "aws:sourcearn") return UnlessEmpty(service_->source_arn);
  if (key == "aws:sourceaccount") return UnlessEmpty(service_->source_account);
  if (key == "aws:principalservicename") return service_->name;
  if (key == "aws:principalisawsservice") return kTrue;
  return std::nullopt;
}

std::optional<std::string_view> CallerKeys::OfRequest(std::string_view key) const {
  if (key == "aws:currenttime") return Keep(FormatIsoMillis(clock_.Wall()));
  if (key == "aws:epochtime") return Keep(std::to_string(UnixMillis(clock_.Wall()) / 1000));
  if (key == "aws:requestedregion") return region_;
  if (key == "aws:resourceaccount") {
    if (!request_.resource_account.empty()) return request_.resource_account;
    return identity_ != nullptr ? std::optional<std::string_view>(identity_->account) : std::nullopt;
  }
  if (key == "aws:principaltype" && identity_ == nullptr && service_ == nullptr) return "Anonymous";
  if (key == "aws:viaawsservice") return kFalse;
  return std::nullopt;
}

std::string_view CallerKeys::Keep(std::string text) const { return kept_.emplace_front(std::move(text)); }

}  // namespace hearth::controller
