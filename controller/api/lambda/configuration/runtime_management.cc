#include "controller/api/lambda/configuration/runtime_management.h"

#include <fmt/format.h>

#include <functional>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/patterns.h"

namespace hearth::controller {
namespace {

using records::FunctionVersion;

constexpr size_t kMinRuntimeVersionArnBytes = 26;
constexpr size_t kMaxRuntimeVersionArnBytes = 2048;
constexpr char kLatest[] = "$LATEST";

absl::Status Invalid(std::string_view message) { return AwsError("InvalidParameterValueException", message); }

absl::Status UpdateInProgress(std::string_view arn) {
  return AwsError(
      "ResourceConflictException",
      fmt::format("The operation cannot be performed at this time. An update is in progress for resource: {}", arn));
}

struct Wanted {
  std::string mode;
  std::optional<std::string> arn;
};

FunctionVersion::UpdateRuntimeOn ModeNamed(std::string_view name) {
  if (name == "Manual") return FunctionVersion::MANUAL;
  return name == "FunctionUpdate" ? FunctionVersion::FUNCTION_UPDATE : FunctionVersion::AUTO;
}

const char* NameOf(FunctionVersion::UpdateRuntimeOn mode) {
  switch (mode) {
    case FunctionVersion::FUNCTION_UPDATE:
      return "FunctionUpdate";
    case FunctionVersion::MANUAL:
      return "Manual";
    default:
      return "Auto";
  }
}

absl::StatusOr<Wanted> ReadWanted(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  const std::optional<std::string> mode = reader.String("UpdateRuntimeOn");
  validation.NotNull("updateRuntimeOn", mode.has_value());
  if (mode) validation.Enum("updateRuntimeOn", *mode, {"Auto", "Manual", "FunctionUpdate"});
  std::optional<std::string> arn = reader.String("RuntimeVersionArn");
  if (arn) {
    validation.Length("runtimeVersionArn", *arn, kMinRuntimeVersionArnBytes, kMaxRuntimeVersionArnBytes);
    validation.Pattern("runtimeVersionArn", *arn, kRuntimeVersionArnPattern);
  }
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());
  if (*mode == "Manual" && !arn) return Invalid("RuntimeVersionArn is required when UpdateRuntimeOn is Manual.");
  if (*mode != "Manual" && arn) {
    return Invalid(fmt::format("RuntimeVersionArn is not supported when UpdateRuntimeOn is {}.", *mode));
  }
  return Wanted{*mode, std::move(arn)};
}

bool IsLatest(std::string_view qualifier) { return qualifier.empty() || qualifier == kLatest; }

// The version the qualifier names; an alias names none.
absl::Status ChangeVersion(FunctionEdit& edit, const std::string& qualifier,
                           const std::function<absl::Status(FunctionVersion&)>& change) {
  if (IsLatest(qualifier)) return change(*edit.function.mutable_latest());
  const std::optional<int64_t> number = ParseVersionNumber(qualifier);
  if (!number) return absl::NotFoundError(qualifier);
  ASSIGN_OR_RETURN(FunctionVersion version, edit.GetVersion(*number));
  RETURN_IF_ERROR(change(version));
  return edit.PutVersion(std::move(version));
}

ApiReply Render(const FunctionVersion& version, const std::string& arn) {
  Json body(Json::Object{{"UpdateRuntimeOn", NameOf(version.update_runtime_on())}, {"FunctionArn", arn}});
  if (version.update_runtime_on() == FunctionVersion::MANUAL) {
    body.Set("RuntimeVersionArn", version.runtime_version_arn());
  }
  return {200, {}, body.Dump()};
}

}  // namespace

void UseRuntimeVersion(const ServedRuntime& served, FunctionVersion& version) {
  if (version.update_runtime_on() == FunctionVersion::MANUAL) return;
  version.set_runtime_version_text(served.text);
  version.set_runtime_version_arn(served.arn);
}

void RuntimeManagementApi::AddTo(OperationTable& table) {
  table.Add("PutRuntimeManagementConfig", *this, &RuntimeManagementApi::Put);
  table.Add("GetRuntimeManagementConfig", *this, &RuntimeManagementApi::Get);
}

absl::Status RuntimeManagementApi::CheckServed(const FunctionVersion& version, const std::string& arn) const {
  if (runtimes_.ServingArn(version.runtime(), arn)) return absl::OkStatus();
  return Invalid(fmt::format("{} is no version of {} that a worker has.", arn, version.runtime()));
}

absl::StatusOr<ApiReply> RuntimeManagementApi::Put(const ApiCall& call) {
  ASSIGN_OR_RETURN(const FunctionTarget target,
                   ReadFunctionTarget(call.Label("FunctionName"), call.Query("Qualifier"), Scope(call)));
  ASSIGN_OR_RETURN(const Wanted wanted, ReadWanted(call));
  const std::string arn = target.Arn(Scope(call));
  FunctionVersion changed;
  const auto change = [&](FunctionVersion& version) -> absl::Status {
    if (wanted.arn) RETURN_IF_ERROR(CheckServed(version, *wanted.arn));
    version.set_update_runtime_on(ModeNamed(wanted.mode));
    if (wanted.arn) version.set_runtime_version_arn(*wanted.arn);
    version.set_revision_id(random_.Uuid());
    version.set_environment_key(random_.Hex(16));
    changed = version;
    return absl::OkStatus();
  };
  const absl::Status done = functions_
                                .Edit({call.caller.account, target.name},
                                      [&](FunctionEdit& edit) -> absl::Status {
                                        if (IsUnsettled(edit.function)) return UpdateInProgress(arn);
                                        return ChangeVersion(edit, target.qualifier, change);
                                      })
                                .status();
  if (absl::IsNotFound(done) && !AwsErrorShape(done)) return FunctionNotFound(arn);
  RETURN_IF_ERROR(done);
  return Render(changed, arn);
}

absl::StatusOr<ApiReply> RuntimeManagementApi::Get(const ApiCall& call) {
  ASSIGN_OR_RETURN(const FunctionTarget target,
                   ReadFunctionTarget(call.Label("FunctionName"), call.Query("Qualifier"), Scope(call)));
  const std::string arn = target.Arn(Scope(call));
  const absl::StatusOr<FunctionVersion> version = ReadVersion({call.caller.account, target.name}, target.qualifier);
  if (absl::IsNotFound(version.status())) return FunctionNotFound(arn);
  if (!version.ok()) return version.status();
  return Render(*version, arn);
}

absl::StatusOr<FunctionVersion> RuntimeManagementApi::ReadVersion(const FunctionId& id,
                                                                  const std::string& qualifier) const {
  if (const std::optional<int64_t> number = ParseVersionNumber(qualifier)) return functions_.GetVersion(id, *number);
  if (!IsLatest(qualifier)) return absl::NotFoundError(qualifier);
  ASSIGN_OR_RETURN(records::Function function, functions_.Get(id));
  return std::move(*function.mutable_latest());
}

}  // namespace hearth::controller
