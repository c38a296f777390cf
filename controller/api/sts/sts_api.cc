#include "controller/api/sts/sts_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "common/arn.h"
#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/sts/session_condition_keys.h"
#include "controller/api/sts/sts_request.h"
#include "controller/auth/policy_document.h"

namespace hearth::controller {
namespace {

constexpr SecondsRange kRoleSeconds{900, 43200, 3600};
constexpr int64_t kMaxChainedSeconds = 3600;
constexpr SecondsRange kOwnSeconds{900, 129600, 43200};
constexpr int64_t kMaxRootSeconds = 3600;
constexpr size_t kMinKeyId = 16;
constexpr size_t kMaxKeyId = 128;
constexpr size_t kMaxEncodedMessage = 10240;
constexpr std::string_view kWebIdentityAction = "AssumeRoleWithWebIdentity";

bool IsExternalId(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("_+=,.@:/-").find(c) != std::string_view::npos;
  });
}
constexpr TextPattern kExternalIdPattern = {R"([\w+=,.@:\/-]*)", IsExternalId};

bool IsWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}
constexpr TextPattern kKeyIdPattern = {R"([\w]*)", IsWord};

// The trust policy is what opens a role, to its own account too.
absl::StatusOr<AccessRequest> RequestOn(const records::Role& role, const std::string& role_arn,
                                        const ConditionKeys& keys) {
  ASSIGN_OR_RETURN(PolicyDocumentPtr trust, PolicyDocument::Parse(role.trust_policy(), PolicyKind::kTrust));
  AccessRequest request;
  request.resource = role_arn;
  request.resource_account = role.account();
  request.resource_policy = std::move(trust);
  request.resource_policy_must_allow = true;
  request.more_keys = &keys;
  return request;
}

// What assuming a role with these traits asks for.
std::vector<std::string> ActionsFor(std::string action, const SessionTraits& traits) {
  std::vector<std::string> actions = {std::move(action)};
  if (!traits.tags.empty()) actions.emplace_back("sts:TagSession");
  if (!traits.source_identity.empty()) actions.emplace_back("sts:SetSourceIdentity");
  return actions;
}

SessionGrant GrantOf(const std::string& role_arn, const std::string& session_name, int64_t seconds,
                     const std::string& policy, SessionTraits traits) {
  SessionGrant grant{role_arn, session_name, std::chrono::seconds(seconds), policy};
  grant.tags = std::move(traits.tags);
  grant.transitive_tag_keys = std::move(traits.transitive_tag_keys);
  grant.source_identity = std::move(traits.source_identity);
  return grant;
}

// A token travels with every request: what it would have to carry has an end.
absl::StatusOr<IssuedSession> Issue(const RoleSessions& sessions, const SessionGrant& grant) {
  absl::StatusOr<IssuedSession> issued = sessions.Issue(grant);
  return absl::IsResourceExhausted(issued.status()) ? SessionTooLarge() : std::move(issued);
}

}  // namespace

bool StsApi::IsUnsigned(std::string_view action) const { return action == kWebIdentityAction; }

absl::StatusOr<std::string> StsApi::Handle(const ApiCall& call, std::string_view action, const QueryInput& input) {
  if (action == "GetCallerIdentity") return GetCallerIdentity(call);
  if (action == "AssumeRole") return AssumeRole(call, input);
  if (action == kWebIdentityAction) return AssumeRoleWithWebIdentity(call, input);
  if (action == "GetSessionToken") return GetSessionToken(call, input);
  if (action == "GetAccessKeyInfo") return GetAccessKeyInfo(call, input);
  if (action == "DecodeAuthorizationMessage") return DecodeAuthorizationMessage(call, input);
  return AwsError("InvalidAction", fmt::format("Could not find operation {} for version {}", action, version()));
}

std::string StsApi::GetCallerIdentity(const ApiCall& call) const {
  XmlWriter out;
  out.Text("UserId", call.caller.principal_id).Text("Account", call.caller.account);
  out.Text("Arn", call.caller.principal_arn);
  return out.Take();
}

absl::StatusOr<std::string> StsApi::AssumeRole(const ApiCall& call, const QueryInput& input) const {
  Validation validation;
  const std::string role_arn = RequiredText(input, "RoleArn", "roleArn", 20, 2048, validation);
  const std::string session_name = RequiredText(input, "RoleSessionName", "roleSessionName", 2, 64, validation);
  validation.Pattern("roleSessionName", session_name, kSessionNamePattern);
  if (const std::string* external_id = input.Find("ExternalId")) {
    validation.Length("externalId", *external_id, 2, 1224);
    validation.Pattern("externalId", *external_id, kExternalIdPattern);
  }
  const int64_t seconds = Seconds(input, kRoleSeconds, validation);
  ASSIGN_OR_RETURN(SessionTraits traits, SessionTraits::Read(input, validation));
  RETURN_IF_ERROR(validation.Result());
  RETURN_IF_ERROR(RefuseGiven(input, {"SerialNumber", "TokenCode", "ProvidedContexts.member.1.ProviderArn"}));
  RETURN_IF_ERROR(traits.Check());
  RETURN_IF_ERROR(traits.Inherit(call.caller));
  const RolePtr role = sessions_.FindRole(role_arn);
  RETURN_IF_ERROR(CheckMayAssume(call, input, role_arn, role.get(), traits));
  RETURN_IF_ERROR(CheckDuration(call.caller, *role, seconds));
  ASSIGN_OR_RETURN(const std::string policy, SessionPolicyOf(identities_, role->account(), input));
  const std::string source_identity = traits.source_identity;
  ASSIGN_OR_RETURN(const IssuedSession issued,
                   Issue(sessions_, GrantOf(role_arn, session_name, seconds, policy, std::move(traits))));
  XmlWriter out;
  WriteRoleSession(out, issued, policy);
  if (!source_identity.empty()) out.Text("SourceIdentity", source_identity);
  return out.Take();
}

absl::Status StsApi::CheckMayAssume(const ApiCall& call, const QueryInput& input, const std::string& role_arn,
                                    const records::Role* role, const SessionTraits& traits) const {
  if (call.caller.kind == Identity::Kind::kRoot) {
    return AwsError("AccessDenied", "Roles may not be assumed by root accounts.");
  }
  // Whether there is such a role is not for strangers to know.
  const auto denied = [&](std::string_view action) {
    return AwsError("AccessDenied", fmt::format("User: {} is not authorized to perform: {} on resource: {}",
                                                call.caller.principal_arn, action, role_arn));
  };
  if (role == nullptr) return denied("sts:AssumeRole");
  const SessionConditionKeys keys(call, traits);
  ASSIGN_OR_RETURN(AccessRequest request, RequestOn(*role, role_arn, keys));
  request.context["sts:RoleSessionName"] = input.TextOr("RoleSessionName", "");
  if (const std::string* external_id = input.Find("ExternalId")) request.context["sts:ExternalId"] = *external_id;
  for (const std::string& action : ActionsFor("sts:AssumeRole", traits)) {
    request.action = action;
    if (!authorizer_.Authorize(call.caller, request).ok()) return denied(action);
  }
  return absl::OkStatus();
}

absl::Status StsApi::CheckDuration(const Identity& caller, const records::Role& role, int64_t seconds) const {
  if (seconds > role.max_session_seconds()) {
    return StsInvalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  if (caller.kind == Identity::Kind::kRoleSession && seconds > kMaxChainedSeconds) {
    return StsInvalid(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> StsApi::AssumeRoleWithWebIdentity(const ApiCall& call, const QueryInput& input) const {
  Validation validation;
  const std::string role_arn = RequiredText(input, "RoleArn", "roleArn", 20, 2048, validation);
  const std::string session_name = RequiredText(input, "RoleSessionName", "roleSessionName", 2, 64, validation);
  validation.Pattern("roleSessionName", session_name, kSessionNamePattern);
  const std::string token =
      RequiredText(input, "WebIdentityToken", "webIdentityToken", 4, Jwt::kMaxTokenBytes, validation);
  const int64_t seconds = Seconds(input, kRoleSeconds, validation);
  RETURN_IF_ERROR(validation.Result());
  RETURN_IF_ERROR(RefuseGiven(input, {"ProviderId"}));  // of providers older than OpenID Connect
  const std::optional<Arn> arn = Arn::Parse(role_arn);
  if (!arn || arn->service != "iam" || !arn->resource.starts_with("role/")) {
    return StsInvalid("Request ARN is invalid");
  }
  const std::variant<WebIdentity, WebIdentityRefusal> verified = web_identities_.Verify(arn->account, token);
  if (const WebIdentityRefusal* refusal = std::get_if<WebIdentityRefusal>(&verified)) {
    return AwsError(refusal->shape, refusal->message);
  }
  const WebIdentity& identity = std::get<WebIdentity>(verified);
  SessionTraits traits;
  traits.tags = traits.requested_tags = identity.tags;
  traits.transitive_tag_keys = identity.transitive_tag_keys;
  traits.source_identity = identity.source_identity;
  if (!traits.AreWellFormed()) {
    return AwsError("InvalidIdentityToken", "The token names tags or a source identity that a session cannot have");
  }
  RETURN_IF_ERROR(traits.Check());
  const RolePtr role = sessions_.FindRole(role_arn);
  RETURN_IF_ERROR(CheckTrusts(call, role.get(), role_arn, session_name, identity, traits));
  RETURN_IF_ERROR(CheckDuration(call.caller, *role, seconds));
  ASSIGN_OR_RETURN(const std::string policy, SessionPolicyOf(identities_, role->account(), input));
  SessionGrant grant = GrantOf(role_arn, session_name, seconds, policy, std::move(traits));
  grant.federated_provider = identity.provider_arn;
  ASSIGN_OR_RETURN(const IssuedSession issued, Issue(sessions_, grant));
  XmlWriter out;
  WriteRoleSession(out, issued, policy);
  out.Text("Provider", identity.provider_arn).Text("Audience", identity.audience);
  out.Text("SubjectFromWebIdentityToken", identity.subject);
  if (!identity.source_identity.empty()) out.Text("SourceIdentity", identity.source_identity);
  return out.Take();
}

absl::Status StsApi::CheckTrusts(const ApiCall& call, const records::Role* role, const std::string& role_arn,
                                 const std::string& session_name, const WebIdentity& identity,
                                 const SessionTraits& traits) const {
  const std::string action = fmt::format("sts:{}", kWebIdentityAction);
  const auto denied = [](std::string_view refused) {
    return AwsError("AccessDenied", fmt::format("Not authorized to perform {}", refused));
  };
  if (role == nullptr) return denied(action);
  SessionConditionKeys keys(call, traits);
  const std::string issuer = absl::AsciiStrToLower(identity.issuer_name);
  keys.Add(issuer + ":sub", {identity.subject});
  keys.Add(issuer + ":aud", {identity.audience});
  keys.Add(issuer + ":amr", identity.methods);
  keys.Add("aws:federatedprovider", {identity.provider_arn});
  ASSIGN_OR_RETURN(AccessRequest request, RequestOn(*role, role_arn, keys));
  request.context["sts:RoleSessionName"] = session_name;
  for (const std::string& one : ActionsFor(action, traits)) {
    request.action = one;
    if (!authorizer_.AuthorizeFederated(identity.provider_arn, request).ok()) return denied(one);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> StsApi::GetSessionToken(const ApiCall& call, const QueryInput& input) const {
  Validation validation;
  int64_t seconds = Seconds(input, kOwnSeconds, validation);
  RETURN_IF_ERROR(validation.Result());
  RETURN_IF_ERROR(RefuseGiven(input, {"SerialNumber", "TokenCode"}));
  if (call.caller.token_issued_ms != 0) {
    return AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials");
  }
  if (call.caller.kind == Identity::Kind::kRoot) seconds = std::min(seconds, kMaxRootSeconds);
  XmlWriter out;
  WriteCredentials(out, sessions_.IssueOwn(call.caller, std::chrono::seconds(seconds)));
  return out.Take();
}

absl::StatusOr<std::string> StsApi::GetAccessKeyInfo(const ApiCall& call, const QueryInput& input) const {
  Validation validation;
  const std::string id = RequiredText(input, "AccessKeyId", "accessKeyId", kMinKeyId, kMaxKeyId, validation);
  validation.Pattern("accessKeyId", id, kKeyIdPattern);
  RETURN_IF_ERROR(validation.Result());
  RETURN_IF_ERROR(CheckMay(call, "sts:GetAccessKeyInfo"));
  XmlWriter out;
  if (id == call.caller.access_key_id) {
    out.Text("Account", call.caller.account);
    return out.Take();
  }
  const auto key = access_keys_.Find(id);
  if (!key) return StsInvalid(fmt::format("There is no long-term access key {}.", id));
  out.Text("Account", key->identity.account);
  return out.Take();
}

absl::Status StsApi::DecodeAuthorizationMessage(const ApiCall& call, const QueryInput& input) const {
  Validation validation;
  RequiredText(input, "EncodedMessage", "encodedMessage", 1, kMaxEncodedMessage, validation);
  RETURN_IF_ERROR(validation.Result());
  RETURN_IF_ERROR(CheckMay(call, "sts:DecodeAuthorizationMessage"));
  return AwsError("InvalidAuthorizationMessageException", "Message is not valid");
}

absl::Status StsApi::CheckMay(const ApiCall& call, std::string action) const {
  const CallKeys keys("", call);
  const absl::Status allowed =
      authorizer_.Authorize(call.caller, {.action = std::move(action), .resource = "*", .more_keys = &keys});
  return allowed.ok() ? allowed : AwsError("AccessDenied", std::string(allowed.message()));
}

}  // namespace hearth::controller
