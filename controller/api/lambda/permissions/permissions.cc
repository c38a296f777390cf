#include "controller/api/lambda/permissions/permissions.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "common/log.h"
#include "controller/api/aws_error.h"
#include "controller/auth/policy_document.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kLatest = "$LATEST";
constexpr size_t kMaxStatementId = 100;

absl::Status NotFound(std::string_view text) { return AwsError("ResourceNotFoundException", text); }

absl::Status CannotFindAlias(std::string_view arn) { return NotFound(fmt::format("Cannot find alias arn: {}", arn)); }

absl::Status NoSuchResource() { return NotFound("The resource you requested does not exist."); }

absl::Status RevisionMismatch(std::string_view where) {
  return AwsError("PreconditionFailedException",
                  fmt::format("The Revision Id provided does not match the latest Revision Id. Call the {} API to "
                              "retrieve the latest Revision Id",
                              where));
}

Json EmptyPolicy() {
  return Json(Json::Object{{"Version", "2012-10-17"}, {"Id", "default"}, {"Statement", Json::Array()}});
}

// Of a policy that was made here: its last member.
Json::Array& StatementsOf(Json& policy) { return policy.as_object().back().second.as_array(); }

Json::Array::iterator FindStatement(Json::Array& statements, std::string_view id) {
  return std::find_if(statements.begin(), statements.end(), [&](const Json& statement) {
    const Json* sid = statement.Find("Sid");
    return sid != nullptr && *sid == Json(id);
  });
}

}  // namespace

bool PermissionsApi::Subject::is_function() const { return qualifier == kLatest; }

bool PermissionsApi::Subject::is_version() const { return ParseVersionNumber(qualifier).has_value(); }

void PermissionsApi::AddTo(OperationTable& table) {
  table.Add("AddPermission", *this, &PermissionsApi::Add);
  table.Add("GetPolicy", *this, &PermissionsApi::GetPolicy);
  table.Add("RemovePermission", *this, &PermissionsApi::Remove);
}

PermissionsApi::Subject PermissionsApi::SubjectOf(const FunctionTarget& target, const FunctionScope& scope) {
  Subject subject{{scope.account, target.name}, target.qualifier, "", FunctionArn(scope, target.name)};
  if (subject.qualifier.empty()) subject.qualifier = kLatest;
  subject.arn =
      subject.is_function() ? subject.unqualified_arn : fmt::format("{}:{}", subject.unqualified_arn, target.qualifier);
  return subject;
}

absl::StatusOr<ApiReply> PermissionsApi::Add(const ApiCall& call) {
  Validation validation;
  ASSIGN_OR_RETURN(const PermissionRequest request, PermissionRequest::Read(call, validation));
  ASSIGN_OR_RETURN(const FunctionTarget target,
                   ReadFunctionTarget(call.Label("FunctionName"), call.Query("Qualifier"), Scope(call)));
  if (target.qualifier == kLatest) {
    return AwsError("InvalidParameterValueException", "We currently do not support adding policies for $LATEST.");
  }
  const Subject subject = SubjectOf(target, Scope(call));
  ASSIGN_OR_RETURN(const Json statement, request.Statement(subject.arn));
  if (!may_name_(call.caller.account, request.principal)) return InvalidPrincipal();
  const absl::Status added =
      functions_.Edit(subject.id, [&](FunctionEdit& edit) { return AddStatement(subject, request, statement, edit); })
          .status();
  if (absl::IsNotFound(added) && !AwsErrorShape(added)) return FunctionNotFound(subject.arn);
  if (!added.ok()) return added;
  if (request.IsOpenToConfusedDeputies()) {
    LogWarn("a service may invoke a function whoever it acts for",
            {{"function", subject.arn}, {"principal", request.principal}, {"statement_id", request.statement_id}});
  }
  return ApiReply{201, {}, Json(Json::Object{{"Statement", statement.Dump()}}).Dump()};
}

absl::Status PermissionsApi::AddStatement(const Subject& subject, const PermissionRequest& request,
                                          const Json& statement, FunctionEdit& edit) {
  ASSIGN_OR_RETURN(const std::string revision, RevisionIn(edit, subject));
  ASSIGN_OR_RETURN(const std::optional<Json> standing, ReadPolicy(subject));
  if (request.revision_id && *request.revision_id != revision) {
    return RevisionMismatch(standing || subject.is_alias() ? "GetPolicy" : "GetFunction/GetAlias");
  }
  Json policy = standing.value_or(EmptyPolicy());
  Json::Array& statements = StatementsOf(policy);
  if (FindStatement(statements, request.statement_id) != statements.end()) {
    return AwsError("ResourceConflictException",
                    fmt::format("The statement id ({}) provided already exists. Please provide a new statement id, or "
                                "remove the existing statement.",
                                request.statement_id));
  }
  statements.push_back(statement);
  RETURN_IF_ERROR(StagePolicy(subject, policy, edit));
  return SetRevision(edit, subject);
}

absl::StatusOr<ApiReply> PermissionsApi::GetPolicy(const ApiCall& call) {
  ASSIGN_OR_RETURN(const FunctionTarget target,
                   ReadFunctionTarget(call.Label("FunctionName"), call.Query("Qualifier"), Scope(call)));
  const Subject subject = SubjectOf(target, Scope(call));
  // First the revision: whoever uses it with a policy that changed meanwhile is told so.
  const absl::StatusOr<std::string> revision = RevisionOf(subject);
  if (absl::IsNotFound(revision.status())) return NoSuchResource();
  if (!revision.ok()) return revision.status();
  ASSIGN_OR_RETURN(const std::optional<Json> policy, ReadPolicy(subject));
  if (!policy) return NoSuchResource();
  return ApiReply{200, {}, Json(Json::Object{{"Policy", policy->Dump()}, {"RevisionId", *revision}}).Dump()};
}

absl::StatusOr<ApiReply> PermissionsApi::Remove(const ApiCall& call) {
  const std::string_view statement_id = call.Label("StatementId");
  Validation validation;
  validation.Length("statementId", statement_id, 1, kMaxStatementId);
  validation.Pattern("statementId", statement_id, kStatementIdToRemovePattern);
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(const FunctionTarget target,
                   ReadFunctionTarget(call.Label("FunctionName"), call.Query("Qualifier"), Scope(call)));
  const Subject subject = SubjectOf(target, Scope(call));
  const std::string* revision_id = call.Query("RevisionId");
  const absl::Status removed =
      functions_
          .Edit(subject.id,
                [&](FunctionEdit& edit) { return RemoveStatement(subject, statement_id, revision_id, edit); })
          .status();
  if (absl::IsNotFound(removed) && !AwsErrorShape(removed)) {
    return NotFound(fmt::format("No policy found for: {}", subject.arn));
  }
  if (!removed.ok()) return removed;
  return ApiReply{204, {}, ""};
}

absl::Status PermissionsApi::RemoveStatement(const Subject& subject, std::string_view statement_id,
                                             const std::string* revision_id, FunctionEdit& edit) {
  ASSIGN_OR_RETURN(const std::string revision, RevisionIn(edit, subject));
  ASSIGN_OR_RETURN(std::optional<Json> policy, ReadPolicy(subject));
  if (!policy) return NotFound("No policy is associated with the given resource.");
  if (revision_id != nullptr && *revision_id != revision) return RevisionMismatch("GetFunction/GetAlias");
  Json::Array& statements = StatementsOf(*policy);
  const auto gone = FindStatement(statements, statement_id);
  if (gone == statements.end()) {
    return NotFound(fmt::format("Statement {} is not found in resource policy.", statement_id));
  }
  statements.erase(gone);
  RETURN_IF_ERROR(StagePolicy(subject, *policy, edit));
  return SetRevision(edit, subject);
}

absl::StatusOr<std::optional<Json>> PermissionsApi::ReadPolicy(const Subject& subject) const {
  const std::string key = FunctionPolicyKey(subject.id.account, subject.id.name, subject.qualifier);
  const absl::StatusOr<std::string> bytes = database_.Get(key);
  if (absl::IsNotFound(bytes.status())) return std::optional<Json>();
  if (!bytes.ok()) return bytes.status();
  ASSIGN_OR_RETURN(const auto record, ParseRecord<records::FunctionPolicy>(key, *bytes));
  ASSIGN_OR_RETURN(Json policy, Json::Parse(record.json()));
  return std::optional<Json>(std::move(policy));
}

absl::StatusOr<std::string> PermissionsApi::RevisionOf(const Subject& subject) {
  ASSIGN_OR_RETURN(records::Function function, functions_.Get(subject.id));
  if (subject.is_function()) {
    if (IsUnsettled(function)) {
      ASSIGN_OR_RETURN(function, activator_.Settle(subject.id));
    }
    return function.latest().revision_id();
  }
  if (const std::optional<int64_t> number = ParseVersionNumber(subject.qualifier)) {
    ASSIGN_OR_RETURN(const records::FunctionVersion version, functions_.GetVersion(subject.id, *number));
    return version.revision_id();
  }
  ASSIGN_OR_RETURN(const records::Alias alias, functions_.GetAlias(subject.id, subject.qualifier));
  return alias.revision_id();
}

// NotFound for an absent version.
absl::StatusOr<std::string> PermissionsApi::RevisionIn(const FunctionEdit& edit, const Subject& subject) {
  if (subject.is_function()) return edit.function.latest().revision_id();
  if (const std::optional<int64_t> number = ParseVersionNumber(subject.qualifier)) {
    ASSIGN_OR_RETURN(const records::FunctionVersion version, edit.GetVersion(*number));
    return version.revision_id();
  }
  const absl::StatusOr<records::Alias> alias = edit.GetAlias(subject.qualifier);
  if (absl::IsNotFound(alias.status())) return CannotFindAlias(subject.arn);
  if (!alias.ok()) return alias.status();
  return alias->revision_id();
}

absl::Status PermissionsApi::SetRevision(FunctionEdit& edit, const Subject& subject) {
  const std::string revision = random_.Uuid();
  if (subject.is_function()) {
    edit.function.mutable_latest()->set_revision_id(revision);
    return absl::OkStatus();
  }
  if (const std::optional<int64_t> number = ParseVersionNumber(subject.qualifier)) {
    ASSIGN_OR_RETURN(records::FunctionVersion version, edit.GetVersion(*number));
    version.set_revision_id(revision);
    return edit.PutVersion(std::move(version));
  }
  ASSIGN_OR_RETURN(records::Alias alias, edit.GetAlias(subject.qualifier));
  alias.set_revision_id(revision);
  return edit.PutAlias(std::move(alias));
}

// A policy without statements is no policy.
absl::Status PermissionsApi::StagePolicy(const Subject& subject, const Json& policy, FunctionEdit& edit) {
  std::string key = FunctionPolicyKey(subject.id.account, subject.id.name, subject.qualifier);
  if (policy.Find("Statement")->as_array().empty()) {
    edit.others.Delete(std::move(key));
    return absl::OkStatus();
  }
  records::FunctionPolicy record;
  record.set_json(policy.Dump());
  if (record.json().size() > kMaxPolicyBytes) {
    return AwsError("PolicyLengthExceededException",
                    fmt::format("The final policy size ({}) is bigger than the limit ({}).", record.json().size(),
                                kMaxPolicyBytes));
  }
  RETURN_IF_ERROR(PolicyDocument::Parse(record.json(), PolicyKind::kResource).status());
  edit.others.Put(std::move(key), record.SerializeAsString());
  return absl::OkStatus();
}

}  // namespace hearth::controller
