#include "controller/api/lambda/layers/layer_permissions.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "common/io/json.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/layers/layer_target.h"
#include "controller/api/lambda/patterns.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kAction = "lambda:GetLayerVersion";
constexpr size_t kMaxStatementId = 100;
constexpr size_t kMaxActionBytes = 22;
constexpr size_t kMaxPrincipalBytes = 10000;
constexpr size_t kMaxOrganizationBytes = 34;

bool IsStatementId(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

// The account of "arn:aws:iam::ACCOUNT:root"; empty when it is none.
std::string_view AccountOfRoot(std::string_view text) {
  constexpr std::string_view kBegin = "arn:aws", kMiddle = ":iam::", kEnd = ":root";
  const size_t middle = text.find(kMiddle);
  if (!text.starts_with(kBegin) || !text.ends_with(kEnd) || middle == std::string_view::npos) return {};
  const std::string_view partition = text.substr(kBegin.size(), middle - kBegin.size());
  const bool is_partition = std::all_of(partition.begin(), partition.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
  text.remove_prefix(middle + kMiddle.size());
  text.remove_suffix(std::min(text.size(), kEnd.size()));
  return is_partition && IsAccountId(text) ? text : std::string_view();
}

bool IsPrincipal(std::string_view text) { return text == "*" || IsAccountId(text) || !AccountOfRoot(text).empty(); }

bool IsOrganization(std::string_view text) {
  if (!text.starts_with("o-")) return false;
  text.remove_prefix(2);
  return text.size() >= 10 && text.size() <= 32 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

constexpr TextPattern kStatementIdPattern = {"([a-zA-Z0-9-_]+)", IsStatementId};
constexpr TextPattern kActionPattern = {kAction, [](std::string_view text) { return text == kAction; }};
constexpr TextPattern kPrincipalPattern = {R"(\d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root)", IsPrincipal};
constexpr TextPattern kOrganizationPattern = {"o-[a-z0-9]{10,32}", IsOrganization};

struct Grant {
  std::string statement_id;
  std::string principal;
  std::optional<std::string> organization;
};

void ValidateMember(const char* member, const std::optional<std::string>& value, size_t minimum, size_t maximum,
                    const TextPattern& pattern, Validation& validation) {
  validation.NotNull(member, value.has_value());
  if (!value) return;
  validation.Length(member, *value, minimum, maximum);
  validation.Pattern(member, *value, pattern);
}

Grant ReadGrant(BodyReader& body, Validation& validation) {
  const std::optional<std::string> sid = body.String("StatementId");
  const std::optional<std::string> action = body.String("Action");
  const std::optional<std::string> principal = body.String("Principal");
  std::optional<std::string> organization = body.String("OrganizationId");
  ValidateMember("statementId", sid, 1, kMaxStatementId, kStatementIdPattern, validation);
  ValidateMember("action", action, 0, kMaxActionBytes, kActionPattern, validation);
  ValidateMember("principal", principal, 0, kMaxPrincipalBytes, kPrincipalPattern, validation);
  if (organization) {
    ValidateMember("organizationId", organization, 0, kMaxOrganizationBytes, kOrganizationPattern, validation);
  }
  return {sid.value_or(""), principal.value_or(""), std::move(organization)};
}

Json PrincipalElement(const std::string& principal) {
  if (principal == "*") return principal;
  return Json(Json::Object{{"AWS", IsAccountId(principal) ? RootArn(principal) : principal}});
}

Json Statement(const Grant& grant, std::string_view arn) {
  Json statement(Json::Object{{"Sid", grant.statement_id},
                              {"Effect", "Allow"},
                              {"Principal", PrincipalElement(grant.principal)},
                              {"Action", kAction},
                              {"Resource", arn}});
  if (grant.organization) {
    statement.Set(
        "Condition",
        Json(Json::Object{{"StringEquals", Json(Json::Object{{"aws:PrincipalOrgID", *grant.organization}})}}));
  }
  return statement;
}

absl::StatusOr<Json::Array> StatementsOf(const records::LayerVersion& version) {
  if (version.policy().empty()) return Json::Array();
  ASSIGN_OR_RETURN(const Json policy, Json::Parse(version.policy()));
  const Json* statements = policy.Find("Statement");
  if (statements == nullptr || !statements->is_array()) return absl::DataLossError("a layer's policy cannot be read");
  return statements->as_array();
}

std::string PolicyOf(Json::Array statements) {
  if (statements.empty()) return "";
  return Json(Json::Object{{"Version", "2012-10-17"}, {"Id", "default"}, {"Statement", Json(std::move(statements))}})
      .Dump();
}

Json::Array::iterator FindStatement(Json::Array& statements, std::string_view sid) {
  return std::find_if(statements.begin(), statements.end(), [&](const Json& statement) {
    const Json* found = statement.Find("Sid");
    return found != nullptr && found->is_string() && found->as_string() == sid;
  });
}

absl::Status CheckRevision(const ApiCall& call, const records::LayerVersion& version) {
  const std::string* revision = call.Query("RevisionId");
  if (revision == nullptr || *revision == version.policy_revision_id()) return absl::OkStatus();
  return AwsError("PreconditionFailedException",
                  "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to "
                  "retrieve the latest Revision Id");
}

absl::StatusOr<LayerVersionId> ReadTarget(const ApiCall& call, std::string_view region, Validation& validation) {
  ValidateLayerName(call, validation);
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(LayerVersionId id, ReadOwnLayer(call, region));
  RETURN_IF_ERROR(ReadVersionNumber(call, id));
  return id;
}

absl::Status VersionNotFound(std::string_view region, const LayerVersionId& id) {
  return AwsError("ResourceNotFoundException",
                  fmt::format("Layer version {} does not exist.", LayerVersionArn(region, id)));
}

}  // namespace

void LayerPermissionsApi::AddTo(OperationTable& table) {
  table.Add("AddLayerVersionPermission", *this, &LayerPermissionsApi::Add);
  table.Add("GetLayerVersionPolicy", *this, &LayerPermissionsApi::GetPolicy);
  table.Add("RemoveLayerVersionPermission", *this, &LayerPermissionsApi::Remove);
}

absl::StatusOr<ApiReply> LayerPermissionsApi::Add(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  const Grant grant = ReadGrant(reader, validation);
  RETURN_IF_ERROR(reader.status());
  ASSIGN_OR_RETURN(const LayerVersionId id, ReadTarget(call, region_, validation));
  if (grant.organization && grant.principal != "*") {
    return AwsError("InvalidParameterValueException", "OrganizationId requires the Principal to be *.");
  }
  const Json statement = Statement(grant, LayerVersionArn(region_, id));
  const absl::StatusOr<records::LayerVersion> updated = Update(id, [&](records::LayerVersion& version) -> absl::Status {
    RETURN_IF_ERROR(CheckRevision(call, version));
    ASSIGN_OR_RETURN(Json::Array statements, StatementsOf(version));
    if (FindStatement(statements, grant.statement_id) != statements.end()) {
      return AwsError("ResourceConflictException",
                      fmt::format("The statement id ({}) provided already exists. Please provide a new statement "
                                  "id, or remove the existing statement.",
                                  grant.statement_id));
    }
    statements.push_back(statement);
    version.set_policy(PolicyOf(std::move(statements)));
    if (version.policy().size() <= kMaxPolicyBytes) return absl::OkStatus();
    return AwsError("PolicyLengthExceededException",
                    fmt::format("The final policy size ({}) is bigger than the limit ({}).", version.policy().size(),
                                kMaxPolicyBytes));
  });
  RETURN_IF_ERROR(updated.status());
  const Json answer(Json::Object{{"Statement", statement.Dump()}, {"RevisionId", updated->policy_revision_id()}});
  return ApiReply{201, {}, answer.Dump()};
}

absl::StatusOr<ApiReply> LayerPermissionsApi::GetPolicy(const ApiCall& call) {
  Validation validation;
  ASSIGN_OR_RETURN(const LayerVersionId id, ReadTarget(call, region_, validation));
  const absl::StatusOr<records::LayerVersion> version = layers_.Get(id);
  if (absl::IsNotFound(version.status())) return VersionNotFound(region_, id);
  if (!version.ok()) return version.status();
  if (version->policy().empty()) {
    return AwsError("ResourceNotFoundException", "No policy is associated with the given resource.");
  }
  const Json answer(Json::Object{{"Policy", version->policy()}, {"RevisionId", version->policy_revision_id()}});
  return ApiReply{200, {}, answer.Dump()};
}

absl::StatusOr<ApiReply> LayerPermissionsApi::Remove(const ApiCall& call) {
  const std::string sid(call.Label("StatementId"));
  Validation validation;
  ValidateMember("statementId", sid, 1, kMaxStatementId, kStatementIdPattern, validation);
  ASSIGN_OR_RETURN(const LayerVersionId id, ReadTarget(call, region_, validation));
  const absl::StatusOr<records::LayerVersion> updated = Update(id, [&](records::LayerVersion& version) -> absl::Status {
    ASSIGN_OR_RETURN(Json::Array statements, StatementsOf(version));
    const auto found = FindStatement(statements, sid);
    if (found == statements.end()) {
      return AwsError("ResourceNotFoundException", fmt::format("Statement {} is not found in resource policy.", sid));
    }
    RETURN_IF_ERROR(CheckRevision(call, version));
    statements.erase(found);
    version.set_policy(PolicyOf(std::move(statements)));
    return absl::OkStatus();
  });
  RETURN_IF_ERROR(updated.status());
  return ApiReply{204, {}, ""};
}

absl::StatusOr<records::LayerVersion> LayerPermissionsApi::Update(const LayerVersionId& id,
                                                                  const LayerStore::Change& change) {
  absl::StatusOr<records::LayerVersion> updated =
      layers_.Update(id, [&](records::LayerVersion& version) -> absl::Status {
        RETURN_IF_ERROR(change(version));
        version.set_policy_revision_id(version.policy().empty() ? "" : random_.Uuid());
        return absl::OkStatus();
      });
  if (absl::IsNotFound(updated.status()) && !AwsErrorShape(updated.status())) return VersionNotFound(region_, id);
  return updated;
}

}  // namespace hearth::controller
