#include "controller/api/lambda/provisioned/provisioned_concurrency.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/paging.h"

namespace hearth::controller {
namespace {

constexpr char kLatest[] = "$LATEST";
constexpr char kMarkerKind[] = "provisioned";
constexpr char kInvalid[] = "InvalidParameterValueException";

std::string_view NameOf(Allocation::Status status) {
  switch (status) {
    case Allocation::Status::kInProgress:
      return "IN_PROGRESS";
    case Allocation::Status::kReady:
      return "READY";
    case Allocation::Status::kFailed:
      break;
  }
  return "FAILED";
}

absl::Status Unpublished() {
  return AwsError(kInvalid, "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
}

// The function and its qualifier; `validation` holds what else the request breaks.
absl::StatusOr<FunctionTarget> ReadTarget(const ApiCall& call, const FunctionScope& scope, Validation validation = {}) {
  const std::string* const qualifier = call.Query("Qualifier");
  validation.NotNull("qualifier", qualifier != nullptr);
  ValidateStrictName(call.Label("FunctionName"), validation);
  RETURN_IF_ERROR(validation.Result());
  return ReadFunctionTarget(call.Label("FunctionName"), qualifier, scope);
}

absl::Status AliasNotFound(const std::string& arn) {
  return AwsError("ResourceNotFoundException", fmt::format("Cannot find alias arn: {}", arn));
}

// A version or an alias that is not there, in AWS's words.
absl::Status Existing(const absl::Status& found, const FunctionTarget& target, const FunctionScope& scope) {
  if (!absl::IsNotFound(found)) return found;
  if (ParseVersionNumber(target.qualifier)) return FunctionNotFound(target.Arn(scope));
  return AliasNotFound(target.Arn(scope));
}

}  // namespace

absl::Status CheckProvisionedAlias(const ProvisionedConfigs& configs, const FunctionEdit& edit,
                                   const records::Alias& alias) {
  for (const std::string& version : {alias.function_version(), alias.additional_version()}) {
    if (version.empty()) continue;
    if (version == kLatest) return Unpublished();
    ASSIGN_OR_RETURN(const std::optional<std::string> holder, configs.HolderOf(edit, version, alias.name()));
    if (!holder) continue;
    return AwsError("ResourceConflictException",
                    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
  }
  return absl::OkStatus();
}

void ProvisionedConcurrencyApi::AddTo(OperationTable& table) {
  table.Add("PutProvisionedConcurrencyConfig", *this, &ProvisionedConcurrencyApi::Put);
  table.Add("GetProvisionedConcurrencyConfig", *this, &ProvisionedConcurrencyApi::Get);
  table.Add("ListProvisionedConcurrencyConfigs", *this, &ProvisionedConcurrencyApi::List);
  table.Add("DeleteProvisionedConcurrencyConfig", *this, &ProvisionedConcurrencyApi::Delete);
}

absl::StatusOr<ApiReply> ProvisionedConcurrencyApi::Put(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  const std::optional<int64_t> requested = reader.Integer("ProvisionedConcurrentExecutions");
  validation.NotNull("provisionedConcurrentExecutions", requested.has_value());
  if (requested) validation.Range("provisionedConcurrentExecutions", *requested, 1, INT64_MAX);
  RETURN_IF_ERROR(reader.status());
  const FunctionScope scope = Scope(call);
  ASSIGN_OR_RETURN(const FunctionTarget target, ReadTarget(call, scope, validation));
  if (target.qualifier == kLatest) return Unpublished();

  records::ProvisionedConcurrency config;
  config.set_account(scope.account);
  config.set_function_name(target.name);
  config.set_qualifier(target.qualifier);
  config.set_requested(*requested);
  config.set_last_modified_ms(UnixMillis(clock_.Wall()));
  const absl::Status kept = configs_.Put(config, [&](const FunctionEdit& edit) -> absl::Status {
    RETURN_IF_ERROR(CheckTarget(edit, target, scope));
    return CheckRoom(edit, target.qualifier, *requested);
  });
  if (absl::IsNotFound(kept) && !AwsErrorShape(kept)) return FunctionNotFound(target.Arn(scope));
  if (!kept.ok()) return kept;
  Allocation allocation = allocation_of_(config);
  allocation.status = Allocation::Status::kInProgress;
  return ApiReply{202, {}, Render(config, allocation).Dump()};
}

absl::Status ProvisionedConcurrencyApi::CheckTarget(const FunctionEdit& edit, const FunctionTarget& target,
                                                    const FunctionScope& scope) const {
  const std::optional<int64_t> number = ParseVersionNumber(target.qualifier);
  if (!number) {
    const absl::StatusOr<records::Alias> alias = edit.GetAlias(target.qualifier);
    RETURN_IF_ERROR(Existing(alias.status(), target, scope));
    return CheckProvisionedAlias(configs_, edit, *alias);
  }
  RETURN_IF_ERROR(Existing(edit.GetVersion(*number).status(), target, scope));
  ASSIGN_OR_RETURN(const std::optional<std::string> holder,
                   configs_.HolderOf(edit, target.qualifier, target.qualifier));
  if (!holder) return absl::OkStatus();
  return AwsError("ResourceConflictException", "Version is pointed by a Provisioned Concurrency alias");
}

// Out of what the function has reserved, else out of what the account's functions share.
absl::Status ProvisionedConcurrencyApi::CheckRoom(const FunctionEdit& edit, const std::string& qualifier,
                                                  int64_t requested) const {
  const FunctionId& id = edit.id();
  const std::optional<records::ProvisionedConcurrency> standing = configs_.Find(id, qualifier);
  const int64_t before = standing ? standing->requested() : 0;
  if (requested <= before) return absl::OkStatus();
  if (edit.function.has_reserved_concurrency()) {
    const int64_t room = edit.function.reserved_concurrency() - (configs_.TotalOf(id) - before);
    if (requested <= room) return absl::OkStatus();
    return AwsError(kInvalid,
                    "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
                    "function");
  }
  const Limits limits = limits_of_(id.account);
  ASSIGN_OR_RETURN(const int64_t provisioned, configs_.UnreservedTotalOf(id.account));
  const int64_t room =
      limits.concurrent_executions - functions_.Usage(id.account).reserved_concurrency - (provisioned - before);
  if (requested > room) {
    return AwsErrorWithoutType(kInvalid, fmt::format("Specified ConcurrentExecutions for function is greater than "
                                                     "account's unreserved concurrency [{}].",
                                                     room));
  }
  if (room - requested >= limits.unreserved_concurrency) return absl::OkStatus();
  return AwsErrorWithoutType(kInvalid, fmt::format("Specified ConcurrentExecutions for function decreases account's "
                                                   "UnreservedConcurrentExecution below its minimum value of [{}].",
                                                   limits.unreserved_concurrency));
}

absl::StatusOr<FunctionTarget> ProvisionedConcurrencyApi::ReadExisting(const ApiCall& call) const {
  const FunctionScope scope = Scope(call);
  ASSIGN_OR_RETURN(FunctionTarget target, ReadTarget(call, scope));
  if (target.qualifier == kLatest) {
    return AwsError(kInvalid, "The function resource provided must be an alias or a published version.");
  }
  const FunctionId id{scope.account, target.name};
  const absl::Status function = functions_.Get(id).status();
  if (absl::IsNotFound(function)) return FunctionNotFound(target.Arn(scope));
  RETURN_IF_ERROR(function);
  const std::optional<int64_t> number = ParseVersionNumber(target.qualifier);
  RETURN_IF_ERROR(Existing(
      number ? functions_.GetVersion(id, *number).status() : functions_.GetAlias(id, target.qualifier).status(), target,
      scope));
  return target;
}

absl::StatusOr<ApiReply> ProvisionedConcurrencyApi::Get(const ApiCall& call) {
  ASSIGN_OR_RETURN(const FunctionTarget target, ReadExisting(call));
  const auto config = configs_.Find({call.caller.account, target.name}, target.qualifier);
  if (config) return ApiReply{200, {}, Render(*config, allocation_of_(*config)).Dump()};
  return AwsError("ProvisionedConcurrencyConfigNotFoundException",
                  "No Provisioned Concurrency Config found for this function");
}

absl::StatusOr<ApiReply> ProvisionedConcurrencyApi::List(const ApiCall& call) {
  Validation validation;
  ASSIGN_OR_RETURN(const Paging paging, ReadPaging(call, kMarkerKind, validation, kPageItems));
  ValidateStrictName(call.Label("FunctionName"), validation);
  RETURN_IF_ERROR(validation.Result());
  const FunctionScope scope = Scope(call);
  ASSIGN_OR_RETURN(const std::string name, ReadNameOfFunction(call.Label("FunctionName"), scope));
  const FunctionId id{scope.account, name};
  const absl::Status function = functions_.Get(id).status();
  if (absl::IsNotFound(function)) return FunctionNotFound(FunctionArn(scope, name));
  RETURN_IF_ERROR(function);
  const auto found = configs_.List(id, paging.after, paging.limit + 1);
  Json::Array rows;
  for (size_t i = 0; i < std::min(paging.limit, found.size()); ++i) {
    Json row(Json::Object{{"FunctionArn", FunctionTarget{name, found[i].qualifier()}.Arn(scope)}});
    const Json rendered = Render(found[i], allocation_of_(found[i]));
    for (const Json::Member& member : rendered.as_object()) row.Set(member.first, member.second);
    rows.push_back(std::move(row));
  }
  Json body(Json::Object{{"ProvisionedConcurrencyConfigs", std::move(rows)}});
  if (found.size() > paging.limit) {
    body.Set("NextMarker", MakeMarker(kMarkerKind, found[paging.limit - 1].qualifier()));
  }
  return ApiReply{200, {}, body.Dump()};
}

absl::StatusOr<ApiReply> ProvisionedConcurrencyApi::Delete(const ApiCall& call) {
  ASSIGN_OR_RETURN(const FunctionTarget target, ReadExisting(call));
  const absl::Status deleted = configs_.Delete({call.caller.account, target.name}, target.qualifier);
  if (!deleted.ok() && !absl::IsNotFound(deleted)) return deleted;
  return ApiReply{204, {}, ""};
}

Json ProvisionedConcurrencyApi::Render(const records::ProvisionedConcurrency& config,
                                       const Allocation& allocation) const {
  Json body(Json::Object{{"RequestedProvisionedConcurrentExecutions", config.requested()},
                         {"AvailableProvisionedConcurrentExecutions", allocation.available},
                         {"AllocatedProvisionedConcurrentExecutions", allocation.available},
                         {"Status", NameOf(allocation.status)}});
  if (allocation.status == Allocation::Status::kFailed) body.Set("StatusReason", allocation.reason);
  body.Set("LastModified", FormatAwsTimestamp(FromUnixMillis(config.last_modified_ms())));
  return body;
}

}  // namespace hearth::controller
