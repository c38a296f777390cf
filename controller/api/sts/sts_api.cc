#include "controller/api/sts/sts_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "common/arn.h"
#include "common/errors.h"
#include "common/io/json.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/access/call_keys.h"
#include "controller/api/query/xml_writer.h"
#include "controller/auth/policy_document.h"
#include "controller/auth/stored_policies.h"

namespace hearth::controller {
namespace {

constexpr int64_t kMinSeconds = 900;
constexpr int64_t kMaxSeconds = 43200;
constexpr int64_t kDefaultSeconds = 3600;
constexpr int64_t kMaxChainedSeconds = 3600;

bool IsSessionName(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("_+=,.@-").find(c) != std::string_view::npos;
  });
}
constexpr TextPattern kSessionNamePattern = {R"([\w+=,.@-]*)", IsSessionName};

bool IsExternalId(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("_+=,.@:/-").find(c) != std::string_view::npos;
  });
}
constexpr TextPattern kExternalIdPattern = {R"([\w+=,.@:\/-]*)", IsExternalId};

// Parameters of AssumeRole that would have to change what the session may do.
constexpr std::string_view kNotCarriedOut[] = {"SerialNumber",
                                               "TokenCode",
                                               "SourceIdentity",
                                               "Tags.member.1.Key",
                                               "TransitiveTagKeys.member.1",
                                               "ProvidedContexts.member.1.ProviderArn"};

absl::Status Invalid(std::string_view message) { return AwsError("ValidationException", message); }

absl::Status RefuseNotCarriedOut(const QueryInput& input) {
  for (const std::string_view parameter : kNotCarriedOut) {
    if (input.Find(parameter) != nullptr) {
      return Invalid(fmt::format("Hearth does not carry out {}.", parameter.substr(0, parameter.find('.'))));
    }
  }
  return absl::OkStatus();
}

std::string RequiredText(const QueryInput& input, std::string_view parameter, std::string_view member, size_t minimum,
                         size_t maximum, Validation& validation) {
  const std::string* value = input.Find(parameter);
  validation.NotNull(member, value != nullptr);
  if (value == nullptr) return "";
  validation.Length(member, *value, minimum, maximum);
  return *value;
}

int64_t Seconds(const QueryInput& input, Validation& validation) {
  const std::string* given = input.Find("DurationSeconds");
  if (given == nullptr) return kDefaultSeconds;
  const std::optional<int64_t> seconds = input.Integer("DurationSeconds");
  if (!seconds) validation.Fail("durationSeconds", *given, "Member must be a whole number");
  if (seconds) validation.Range("durationSeconds", *seconds, kMinSeconds, kMaxSeconds);
  return seconds.value_or(kDefaultSeconds);
}

// Adds the statements of one policy to those of a session.
absl::Status AddStatements(const std::string& document, Json::Array& statements) {
  const absl::Status read = PolicyDocument::Parse(document, PolicyKind::kIdentity).status();
  if (!read.ok()) return AwsError("MalformedPolicyDocument", std::string(read.message()));
  ASSIGN_OR_RETURN(const Json json, Json::Parse(document));
  const Json* statement = json.Find("Statement");
  if (statement->is_array()) {
    statements.insert(statements.end(), statement->as_array().begin(), statement->as_array().end());
  } else {
    statements.push_back(*statement);
  }
  return absl::OkStatus();
}

std::string Render(const IssuedSession& issued, const std::string& policy) {
  XmlWriter out;
  out.Element("Credentials", [&] {
    out.Text("AccessKeyId", issued.credentials.access_key_id);
    out.Text("SecretAccessKey", issued.credentials.secret_access_key);
    out.Text("SessionToken", issued.credentials.session_token);
    out.Text("Expiration", XmlTime(issued.expires_ms));
  });
  out.Element("AssumedRoleUser",
              [&] { out.Text("AssumedRoleId", issued.principal_id).Text("Arn", issued.principal_arn); });
  if (!policy.empty()) {
    const size_t percent = policy.size() * 100 / StsApi::kMaxSessionPolicyCharacters;
    out.Integer("PackedPolicySize", static_cast<int64_t>(std::clamp<size_t>(percent, 1, 100)));
  }
  return out.Take();
}

}  // namespace

absl::StatusOr<std::string> StsApi::Handle(const ApiCall& call, std::string_view action, const QueryInput& input) {
  if (action == "GetCallerIdentity") return GetCallerIdentity(call);
  if (action == "AssumeRole") return AssumeRole(call, input);
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
  const int64_t seconds = Seconds(input, validation);
  RETURN_IF_ERROR(validation.Result());
  RETURN_IF_ERROR(RefuseNotCarriedOut(input));
  const RolePtr role = sessions_.FindRole(role_arn);
  RETURN_IF_ERROR(CheckMayAssume(call, input, role_arn, role.get()));
  RETURN_IF_ERROR(CheckDuration(call.caller, *role, seconds));
  ASSIGN_OR_RETURN(const std::string policy, SessionPolicy(role->account(), input));
  ASSIGN_OR_RETURN(const IssuedSession issued,
                   sessions_.Issue({role_arn, session_name, std::chrono::seconds(seconds), policy}));
  return Render(issued, policy);
}

absl::Status StsApi::CheckMayAssume(const ApiCall& call, const QueryInput& input, const std::string& role_arn,
                                    const records::Role* role) const {
  if (call.caller.kind == Identity::Kind::kRoot) {
    return AwsError("AccessDenied", "Roles may not be assumed by root accounts.");
  }
  // Whether there is such a role is not for strangers to know.
  const absl::Status denied =
      AwsError("AccessDenied", fmt::format("User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
                                           call.caller.principal_arn, role_arn));
  if (role == nullptr) return denied;
  const absl::StatusOr<PolicyDocumentPtr> trust = PolicyDocument::Parse(role->trust_policy(), PolicyKind::kTrust);
  if (!trust.ok()) return trust.status();
  AccessRequest request{.action = "sts:AssumeRole", .resource = role_arn};
  request.resource_account = role->account();
  request.resource_policy = *trust;
  request.resource_policy_must_allow = true;
  const CallKeys keys("", call);
  request.more_keys = &keys;
  request.context["sts:RoleSessionName"] = input.TextOr("RoleSessionName", "");
  if (const std::string* external_id = input.Find("ExternalId")) request.context["sts:ExternalId"] = *external_id;
  return authorizer_.Authorize(call.caller, request).ok() ? absl::OkStatus() : denied;
}

absl::Status StsApi::CheckDuration(const Identity& caller, const records::Role& role, int64_t seconds) const {
  if (seconds > role.max_session_seconds()) {
    return Invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  if (caller.kind == Identity::Kind::kRoleSession && seconds > kMaxChainedSeconds) {
    return Invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> StsApi::SessionPolicy(const std::string& account, const QueryInput& input) const {
  const std::string inline_policy = input.TextOr("Policy", "");
  const size_t managed = input.ListSize("PolicyArns");
  if (inline_policy.empty() && managed == 0) return "";
  if (inline_policy.size() > kMaxSessionPolicyCharacters || managed > kMaxSessionPolicies) {
    return AwsError("PackedPolicyTooLarge", "The session policies are larger than a session may have.");
  }
  Json::Array statements;
  if (!inline_policy.empty()) RETURN_IF_ERROR(AddStatements(inline_policy, statements));
  if (managed == 0) return inline_policy;
  // A session may do what any of its policies allows and none denies: what their statements say together.
  for (size_t i = 1; i <= managed; ++i) {
    const std::string* arn = input.InList("PolicyArns", i, "arn");
    const std::optional<Arn> parsed = arn == nullptr ? std::nullopt : Arn::Parse(*arn);
    const bool usable = parsed && (parsed->account == "aws" || parsed->account == account);
    const std::string document = usable ? ManagedPolicyDocument(identities_, *arn) : "";
    if (document.empty()) return Invalid(fmt::format("The policy {} cannot be used.", arn == nullptr ? "" : *arn));
    RETURN_IF_ERROR(AddStatements(document, statements));
  }
  const std::string together =
      Json(Json::Object{{"Version", "2012-10-17"}, {"Statement", std::move(statements)}}).Dump();
  if (together.size() <= SessionTokens::kMaxTokenBytes / 2) return together;
  return AwsError("PackedPolicyTooLarge", "The session policies are larger than a session may have.");
}

}  // namespace hearth::controller
