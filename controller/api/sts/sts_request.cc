#include "controller/api/sts/sts_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "common/arn.h"
#include "common/errors.h"
#include "common/io/json.h"
#include "controller/api/aws_error.h"
#include "controller/api/sts/sts_api.h"
#include "controller/auth/policy_document.h"
#include "controller/auth/stored_policies.h"

namespace hearth::controller {
namespace {

bool IsSessionName(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("_+=,.@-").find(c) != std::string_view::npos;
  });
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

}  // namespace

const TextPattern kSessionNamePattern = {R"([\w+=,.@-]*)", IsSessionName};

std::string RequiredText(const QueryInput& input, std::string_view parameter, std::string_view member, size_t minimum,
                         size_t maximum, Validation& validation) {
  const std::string* value = input.Find(parameter);
  validation.NotNull(member, value != nullptr);
  if (value == nullptr) return "";
  validation.Length(member, *value, minimum, maximum);
  return *value;
}

int64_t Seconds(const QueryInput& input, const SecondsRange& range, Validation& validation) {
  const std::string* given = input.Find("DurationSeconds");
  if (given == nullptr) return range.otherwise;
  const std::optional<int64_t> seconds = input.Integer("DurationSeconds");
  if (!seconds) validation.Fail("durationSeconds", *given, "Member must be a whole number");
  if (seconds) validation.Range("durationSeconds", *seconds, range.minimum, range.maximum);
  return seconds.value_or(range.otherwise);
}

absl::Status StsInvalid(std::string_view message) { return AwsError("ValidationException", message); }

absl::Status SessionTooLarge() {
  return AwsError("PackedPolicyTooLarge", "The session policies and session tags are larger than a session may have.");
}

absl::Status RefuseGiven(const QueryInput& input, std::initializer_list<std::string_view> parameters) {
  for (const std::string_view parameter : parameters) {
    if (input.Find(parameter) != nullptr) {
      return StsInvalid(fmt::format("Hearth does not carry out {}.", parameter.substr(0, parameter.find('.'))));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SessionPolicyOf(const IdentityStore& identities, const std::string& account,
                                            const QueryInput& input) {
  const std::string inline_policy = input.TextOr("Policy", "");
  const size_t managed = input.ListSize("PolicyArns");
  if (inline_policy.empty() && managed == 0) return "";
  if (inline_policy.size() > StsApi::kMaxSessionPolicyCharacters || managed > StsApi::kMaxSessionPolicies) {
    return SessionTooLarge();
  }
  Json::Array statements;
  if (!inline_policy.empty()) RETURN_IF_ERROR(AddStatements(inline_policy, statements));
  if (managed == 0) return inline_policy;
  // A session may do what any of its policies allows and none denies: what their statements say together.
  for (size_t i = 1; i <= managed; ++i) {
    const std::string* arn = input.InList("PolicyArns", i, "arn");
    const std::optional<Arn> parsed = arn == nullptr ? std::nullopt : Arn::Parse(*arn);
    const bool usable = parsed && (parsed->account == "aws" || parsed->account == account);
    const std::string document = usable ? ManagedPolicyDocument(identities, *arn) : "";
    if (document.empty()) return StsInvalid(fmt::format("The policy {} cannot be used.", arn == nullptr ? "" : *arn));
    RETURN_IF_ERROR(AddStatements(document, statements));
  }
  const std::string together =
      Json(Json::Object{{"Version", "2012-10-17"}, {"Statement", std::move(statements)}}).Dump();
  if (together.size() <= SessionTokens::kMaxTokenBytes / 2) return together;
  return SessionTooLarge();
}

void WriteCredentials(XmlWriter& out, const IssuedSession& issued) {
  out.Element("Credentials", [&] {
    out.Text("AccessKeyId", issued.credentials.access_key_id);
    out.Text("SecretAccessKey", issued.credentials.secret_access_key);
    out.Text("SessionToken", issued.credentials.session_token);
    out.Text("Expiration", XmlTime(issued.expires_ms));
  });
}

void WriteRoleSession(XmlWriter& out, const IssuedSession& issued, const std::string& policy) {
  WriteCredentials(out, issued);
  out.Element("AssumedRoleUser",
              [&] { out.Text("AssumedRoleId", issued.principal_id).Text("Arn", issued.principal_arn); });
  if (policy.empty()) return;
  const size_t percent = policy.size() * 100 / StsApi::kMaxSessionPolicyCharacters;
  out.Integer("PackedPolicySize", static_cast<int64_t>(std::clamp<size_t>(percent, 1, 100)));
}

}  // namespace hearth::controller
