#include "controller/api/lambda/permissions/permission_request.h"

#include <algorithm>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/patterns.h"
#include "controller/auth/policy/policy_principals.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxStatementId = 100;
constexpr size_t kMaxText = 10000;
constexpr size_t kMaxPrincipal = 2048;
constexpr size_t kMaxEventSourceToken = 256;
constexpr size_t kMinOrgId = 12;
constexpr size_t kMaxOrgId = 34;
constexpr size_t kOrgIdTail = 10;  // at least, after "o-"

bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWord(char c) { return IsAlpha(c) || IsDigit(c) || c == '-' || c == '_'; }

template <class Predicate>
bool All(std::string_view text, Predicate predicate) {
  return !text.empty() && std::all_of(text.begin(), text.end(), predicate);
}

bool MatchesStatementId(std::string_view text) { return All(text, IsWord); }

bool MatchesStatementIdToRemove(std::string_view text) {
  return All(text, [](char c) { return IsWord(c) || c == '.'; });
}

bool MatchesAction(std::string_view text) {
  if (text == "*") return true;
  if (!text.starts_with("lambda:")) return false;
  text.remove_prefix(std::string_view("lambda:").size());
  return text == "*" || All(text, IsAlpha);
}

bool MatchesPrincipal(std::string_view text) {
  return All(text, [](char c) { return std::string_view(" \t\n\v\f\r").find(c) == std::string_view::npos; });
}

bool MatchesEventSourceToken(std::string_view text) {
  return All(text, [](char c) { return IsWord(c) || c == '.'; });
}

bool MatchesOrgId(std::string_view text) {
  return text.starts_with("o-") && text.size() >= kOrgIdTail + 2 &&
         All(text.substr(2), [](char c) { return (c >= 'a' && c <= 'z') || IsDigit(c); });
}

// Takes what stands before the next colon; false when there is none.
bool TakePart(std::string_view& text, std::string_view& part) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  part = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  return true;
}

bool MatchesArn(std::string_view text) {
  std::string_view arn, partition, service, region, account;
  if (!TakePart(text, arn) || !TakePart(text, partition) || !TakePart(text, service) || !TakePart(text, region) ||
      !TakePart(text, account)) {
    return false;
  }
  const auto in_name = [](char c) { return IsAlpha(c) || IsDigit(c) || c == '-'; };
  return arn == "arn" && partition.starts_with("aws") && All(partition, in_name) && All(service, in_name) &&
         (region.empty() || IsRegion(region)) && (account.empty() || IsAccountId(account)) &&
         text.find('\n') == std::string_view::npos;
}

const TextPattern kActionPattern = {R"((lambda:[*]|lambda:[a-zA-Z]+|[*]))", MatchesAction};
const TextPattern kPrincipalPattern = {R"([^\s]+)", MatchesPrincipal};
const TextPattern kSourceAccountPattern = {R"(\d{12})", IsAccountId};
const TextPattern kEventSourceTokenPattern = {R"([a-zA-Z0-9._\-]+)", MatchesEventSourceToken};
const TextPattern kOrgIdPattern = {R"(o-[a-z0-9]{10,32})", MatchesOrgId};

absl::Status Invalid(std::string_view text) { return AwsError("InvalidParameterValueException", text); }

void Check(Validation& validation, std::string_view member, const std::optional<std::string>& value, size_t minimum,
           size_t maximum, const TextPattern& pattern) {
  if (!value) return;
  validation.Length(member, *value, minimum, maximum);
  validation.Pattern(member, *value, pattern);
}

bool IsService(std::string_view principal) {
  return principal.find('.') != std::string_view::npos && principal.find(':') == std::string_view::npos;
}

// "s3.amazonaws.com", "123456789012", an IAM ARN, "*".
absl::StatusOr<Json> PrincipalElement(const std::string& principal) {
  Json element;
  if (principal == "*") {
    element = principal;
  } else if (IsService(principal)) {
    element.Set("Service", principal);
  } else {
    element.Set("AWS", IsAccountId(principal) ? RootArn(principal) : principal);
  }
  if (!PolicyPrincipals::Compile(element).ok()) {
    return InvalidPrincipal();
  }
  return element;
}

}  // namespace

const TextPattern kStatementIdPattern = {R"(([a-zA-Z0-9-_]+))", MatchesStatementId};
const TextPattern kStatementIdToRemovePattern = {R"(([a-zA-Z0-9-_.]+))", MatchesStatementIdToRemove};
const TextPattern kSourceArnPattern = {
    R"(arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:)"
    R"((\d{12})?:(.*))",
    MatchesArn};

absl::Status InvalidPrincipal() {
  return Invalid("The provided principal was invalid. Please check the principal and try again.");
}

absl::StatusOr<PermissionRequest> PermissionRequest::Read(const ApiCall& call, Validation& validation) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  PermissionRequest request;
  const std::optional<std::string> statement_id = reader.String("StatementId");
  const std::optional<std::string> action = reader.String("Action");
  const std::optional<std::string> principal = reader.String("Principal");
  request.source_arn = reader.String("SourceArn");
  request.source_account = reader.String("SourceAccount");
  request.event_source_token = reader.String("EventSourceToken");
  request.principal_org_id = reader.String("PrincipalOrgID");
  request.function_url_auth_type = reader.String("FunctionUrlAuthType");
  request.invoked_via_function_url = reader.Boolean("InvokedViaFunctionUrl");
  request.revision_id = reader.String("RevisionId");
  RETURN_IF_ERROR(reader.status());
  validation.NotNull("statementId", statement_id.has_value());
  validation.NotNull("action", action.has_value());
  validation.NotNull("principal", principal.has_value());
  Check(validation, "statementId", statement_id, 1, kMaxStatementId, kStatementIdPattern);
  Check(validation, "action", action, 0, kMaxText, kActionPattern);
  Check(validation, "principal", principal, 0, kMaxPrincipal, kPrincipalPattern);
  Check(validation, "sourceArn", request.source_arn, 0, kMaxText, kSourceArnPattern);
  Check(validation, "sourceAccount", request.source_account, 0, 12, kSourceAccountPattern);
  Check(validation, "eventSourceToken", request.event_source_token, 0, kMaxEventSourceToken, kEventSourceTokenPattern);
  Check(validation, "principalOrgID", request.principal_org_id, kMinOrgId, kMaxOrgId, kOrgIdPattern);
  if (request.function_url_auth_type) {
    validation.Enum("functionUrlAuthType", *request.function_url_auth_type, {"NONE", "AWS_IAM"});
  }
  RETURN_IF_ERROR(validation.Result());
  request.statement_id = *statement_id;
  request.action = *action;
  request.principal = *principal;
  if (request.function_url_auth_type && request.action != "lambda:InvokeFunctionUrl") {
    return Invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action");
  }
  if (request.invoked_via_function_url && request.action != "lambda:InvokeFunction") {
    return Invalid("InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action");
  }
  return request;
}

absl::StatusOr<Json> PermissionRequest::Statement(std::string_view resource) const {
  ASSIGN_OR_RETURN(Json principal_element, PrincipalElement(principal));
  Json equals, is_true, arn_like;
  if (source_account) equals.Set("AWS:SourceAccount", *source_account);
  if (event_source_token) equals.Set("lambda:EventSourceToken", *event_source_token);
  if (principal_org_id) equals.Set("aws:PrincipalOrgID", *principal_org_id);
  if (function_url_auth_type) equals.Set("lambda:FunctionUrlAuthType", *function_url_auth_type);
  if (invoked_via_function_url) {
    is_true.Set("lambda:InvokedViaFunctionUrl", *invoked_via_function_url ? "true" : "false");
  }
  if (source_arn) arn_like.Set("AWS:SourceArn", *source_arn);
  Json condition;
  if (equals.is_object()) condition.Set("StringEquals", std::move(equals));
  if (is_true.is_object()) condition.Set("Bool", std::move(is_true));
  if (arn_like.is_object()) condition.Set("ArnLike", std::move(arn_like));

  Json statement;
  statement.Set("Sid", statement_id).Set("Effect", "Allow").Set("Principal", std::move(principal_element));
  statement.Set("Action", action).Set("Resource", resource);
  if (condition.is_object()) statement.Set("Condition", std::move(condition));
  return statement;
}

bool PermissionRequest::IsOpenToConfusedDeputies() const {
  return IsService(principal) && !source_arn && !source_account;
}

}  // namespace hearth::controller
