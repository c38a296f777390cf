#include "controller/api/lambda/functions.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/configuration/runtime_management.h"
#include "controller/api/lambda/configuration/tags.h"
#include "controller/api/lambda/function_configuration.h"
#include "controller/api/lambda/runtime_ids.h"
#include "controller/api/lambda/unsupported_settings.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxBareName = 64;
constexpr char kLatest[] = "$LATEST";

absl::Status Invalid(std::string_view message) { return AwsError("InvalidParameterValueException", message); }

// AWS says "created" of updates too. Source: semantics.md §3, recorded.
constexpr char kBeingCreated[] = "The function is being created.";

// A new version, waiting to be activated, with everything AWS sets by default.
void StartVersion(const FunctionScope& scope, const std::string& name, records::FunctionVersion& version) {
  version.set_account(scope.account);
  version.set_region(scope.region);
  version.set_name(name);
  version.set_version(kLatest);
  version.set_state(records::FunctionVersion::PENDING);
  version.set_state_reason(kBeingCreated);
  version.set_state_reason_code("Creating");
  ApplyDefaults(version);
}

void MarkInProgress(records::FunctionVersion& latest) {
  latest.set_last_update_status(records::FunctionVersion::UPDATE_IN_PROGRESS);
  latest.set_last_update_reason(kBeingCreated);
  latest.set_last_update_reason_code("Creating");
}

absl::Status CheckUpdatable(const records::Function& function, const std::optional<std::string>& revision_id,
                            std::string_view arn) {
  if (IsUnsettled(function)) {
    return AwsError(
        "ResourceConflictException",
        fmt::format("The operation cannot be performed at this time. An update is in progress for resource: {}", arn));
  }
  if (revision_id && *revision_id != function.latest().revision_id()) {
    return AwsError(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
        "retrieve the latest Revision Id");
  }
  return absl::OkStatus();
}

absl::Status StorageError(const absl::Status& status) {
  if (absl::IsOutOfRange(status)) return AwsError("CodeStorageExceededException", "Code storage limit exceeded.");
  return status;
}

// The bare name must fit an ARN; only then does AWS look whether it is taken.
absl::Status CheckBareNameLength(std::string_view name) {
  if (name.size() <= kMaxBareName) return absl::OkStatus();
  return Invalid(
      fmt::format("1 validation error detected: Value '{}' at 'functionName' failed to satisfy constraint: Member "
                  "must have length less than or equal to {}",
                  name, kMaxBareName));
}

bool IsNumber(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

void FunctionsApi::AddTo(OperationTable& table) {
  table.Add("CreateFunction", *this, &FunctionsApi::Create);
  table.Add("DeleteFunction", *this, &FunctionsApi::Delete);
  table.Add("GetFunction", *this, &FunctionsApi::Get);
  table.Add("GetFunctionConfiguration", *this, &FunctionsApi::GetConfiguration);
  table.Add("ListFunctions", *this, &FunctionsApi::List);
  table.Add("UpdateFunctionCode", *this, &FunctionsApi::UpdateCode);
  table.Add("UpdateFunctionConfiguration", *this, &FunctionsApi::UpdateConfiguration);
}

absl::StatusOr<ApiReply> FunctionsApi::Create(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  ASSIGN_OR_RETURN(records::Function function, BuildFunction(call, body));
  records::FunctionVersion& latest = *function.mutable_latest();
  const FunctionId id{latest.account(), latest.name()};
  const absl::Status taken = AwsError("ResourceConflictException", fmt::format("Function already exist: {}", id.name));
  if (functions_.Get(id).ok()) return taken;
  ASSIGN_OR_RETURN(const UploadedCode uploaded, code_.Read(*body.Find("Code")));
  ASSIGN_OR_RETURN(const CodePin pin, code_.Keep(uploaded));
  latest.set_code_sha256_hex(uploaded.sha256_hex);
  latest.set_code_bytes(static_cast<int64_t>(uploaded.zip.size()));
  const absl::Status created = functions_.Create(function);
  if (absl::IsAlreadyExists(created)) return taken;
  if (!created.ok()) return StorageError(created);
  activator_.Schedule(id);
  return Render(201, latest, FunctionArn(Scope(call), id.name));
}

absl::StatusOr<records::Function> FunctionsApi::BuildFunction(const ApiCall& call, const Json& body) const {
  BodyReader reader(body);
  Validation validation;
  const std::optional<std::string> function_name = reader.String("FunctionName");
  validation.NotNull("functionName", function_name.has_value());
  if (function_name) ValidateStrictName(*function_name, validation);
  const FunctionSettings settings = ReadFunctionSettings(reader, validation);
  validation.NotNull("role", settings.role.has_value());
  const Json* code = reader.Object("Code");
  validation.NotNull("code", code != nullptr);
  const std::vector<std::string> architectures = ReadArchitectures(reader, validation);
  const OrderedVariables tags = ReadTags(reader, validation);
  ValidateUnsupportedSettings(reader, validation);
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());

  ASSIGN_OR_RETURN(const std::string name, ReadUnqualifiedName(*function_name, Scope(call)));
  RETURN_IF_ERROR(CheckBareNameLength(name));
  RETURN_IF_ERROR(RefuseUnsupportedSettings(body, settings.runtime.value_or("")));
  RETURN_IF_ERROR(RefuseUnsupportedCode(*code));
  RETURN_IF_ERROR(RefusePublishing(body));
  RETURN_IF_ERROR(CheckTags(tags));
  if (!settings.runtime || !settings.handler) {
    return Invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  }
  const std::string architecture = architectures.empty() ? "x86_64" : architectures[0];
  RETURN_IF_ERROR(RefuseForeignArchitecture(architecture, options_.architecture));

  records::Function function;
  function.mutable_tags()->insert(tags.begin(), tags.end());
  function.set_next_version(1);
  records::FunctionVersion& latest = *function.mutable_latest();
  StartVersion({options_.region, call.caller.account}, name, latest);
  latest.set_architecture(architecture);
  RETURN_IF_ERROR(Apply(settings, latest));
  Touch(latest);
  return function;
}

absl::Status FunctionsApi::Apply(const FunctionSettings& settings, records::FunctionVersion& version) const {
  const bool kept = version.update_runtime_on() == records::FunctionVersion::MANUAL;
  if (kept && settings.runtime && *settings.runtime != version.runtime()) {
    return Invalid(
        "The runtime version is kept by PutRuntimeManagementConfig: set UpdateRuntimeOn to Auto or "
        "FunctionUpdate before the Runtime is changed.");
  }
  ApplySettings(settings, version);
  RETURN_IF_ERROR(ApplyLoggingConfig(settings.logging, version));
  if (settings.runtime) RETURN_IF_ERROR(SetRuntime(*settings.runtime, version));
  return SetEnvironment(settings, version);
}

void FunctionsApi::Touch(records::FunctionVersion& version) const {
  version.set_last_modified_ms(UnixMillis(clock_.Wall()));
  version.set_revision_id(random_.Uuid());
  version.set_environment_key(random_.Hex(16));
}

absl::Status FunctionsApi::SetRuntime(const std::string& runtime, records::FunctionVersion& version) const {
  RETURN_IF_ERROR(CheckRuntimeId(runtime, clock_.Wall(), options_.allow_deprecated_runtimes));
  const absl::StatusOr<ServedRuntime> served = runtimes_.Resolve(runtime);
  if (absl::IsNotFound(served.status())) return Invalid(std::string(served.status().message()));
  if (!served.ok()) return AwsError("ServiceException", std::string(served.status().message()));
  UseRuntimeVersion(*served, version);
  return absl::OkStatus();
}

absl::Status FunctionsApi::SetEnvironment(const FunctionSettings& settings, records::FunctionVersion& version) const {
  std::optional<EnvironmentVariables> variables;
  if (settings.variables) {
    RETURN_IF_ERROR(CheckVariables(*settings.variables));
    variables.emplace(settings.variables->begin(), settings.variables->end());
  }
  return SealUnder(settings.kms_key_arn, variables, envelope_, version);
}

absl::StatusOr<FunctionsApi::Found> FunctionsApi::Find(const ApiCall& call) {
  ASSIGN_OR_RETURN(FunctionTarget target,
                   ReadFunctionTarget(call.Label("FunctionName"), call.Query("Qualifier"), Scope(call)));
  const FunctionId id{call.caller.account, target.name};
  absl::StatusOr<records::Function> function = functions_.Get(id);
  // The answer to the call that changed it said Pending or InProgress; from the next read on it is settled.
  if (function.ok() && IsUnsettled(*function)) function = activator_.Settle(id);
  if (absl::IsNotFound(function.status())) return FunctionNotFound(target.Arn(Scope(call)));
  if (!function.ok()) return function.status();
  if (!target.qualifier.empty() && target.qualifier != kLatest) return FunctionNotFound(target.Arn(Scope(call)));
  return Found{std::move(target), *std::move(function)};
}

absl::StatusOr<ApiReply> FunctionsApi::Get(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Found found, Find(call));
  const records::FunctionVersion& latest = found.function.latest();
  Json body{Json::Object()};
  body.Set("Configuration",
           RenderFunctionConfiguration(latest, found.target.Arn(Scope(call)), Detail::kFull, envelope_));
  body.Set("Code", Json(Json::Object{{"RepositoryType", "S3"},
                                     {"Location", links_.Make(call.base_url, latest.code_sha256_hex())}}));
  if (found.function.tags_size() > 0) body.Set("Tags", RenderTags(found.function));
  return ApiReply{200, {}, body.Dump()};
}

absl::StatusOr<ApiReply> FunctionsApi::GetConfiguration(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Found found, Find(call));
  return Render(200, found.function.latest(), found.target.Arn(Scope(call)));
}

absl::StatusOr<ApiReply> FunctionsApi::UpdateCode(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  ValidateStrictName(call.Label("FunctionName"), validation);
  const std::vector<std::string> architectures = ReadArchitectures(reader, validation);
  const std::optional<std::string> revision_id = reader.String("RevisionId");
  const std::optional<std::string> image_uri = reader.String("ImageUri");
  const bool dry_run = reader.Boolean("DryRun").value_or(false);
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(const std::string name, ReadUnqualifiedName(call.Label("FunctionName"), Scope(call)));
  const std::string arn = FunctionArn(Scope(call), name);
  const absl::StatusOr<records::Function> standing = functions_.Get({call.caller.account, name});
  if (absl::IsNotFound(standing.status())) return FunctionNotFound(arn);
  if (!standing.ok()) return standing.status();
  if (image_uri && !image_uri->empty()) {
    return Invalid("Please don't provide ImageUri when updating a function with packageType Zip.");
  }
  RETURN_IF_ERROR(RefuseUnsupportedCode(body));
  RETURN_IF_ERROR(RefusePublishing(body));
  if (!architectures.empty()) RETURN_IF_ERROR(RefuseForeignArchitecture(architectures[0], options_.architecture));
  ASSIGN_OR_RETURN(const UploadedCode uploaded, code_.Read(body));

  const auto change = [&](records::Function& function) {
    function.mutable_latest()->set_code_sha256_hex(uploaded.sha256_hex);
    function.mutable_latest()->set_code_bytes(static_cast<int64_t>(uploaded.zip.size()));
    return absl::OkStatus();
  };
  if (dry_run) {
    records::Function tried = *standing;
    RETURN_IF_ERROR(CheckUpdatable(tried, revision_id, arn));
    RETURN_IF_ERROR(change(tried));
    return Render(200, tried.latest(), arn);
  }
  ASSIGN_OR_RETURN(const CodePin pin, code_.Keep(uploaded));
  return Update(call, name, revision_id, change);
}

absl::StatusOr<ApiReply> FunctionsApi::UpdateConfiguration(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  ValidateStrictName(call.Label("FunctionName"), validation);
  const FunctionSettings settings = ReadFunctionSettings(reader, validation);
  const std::optional<std::string> revision_id = reader.String("RevisionId");
  ValidateUnsupportedSettings(reader, validation);
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(const std::string name, ReadUnqualifiedName(call.Label("FunctionName"), Scope(call)));
  return Update(call, name, revision_id, [&](records::Function& function) -> absl::Status {
    records::FunctionVersion& latest = *function.mutable_latest();
    RETURN_IF_ERROR(RefuseUnsupportedSettings(body, settings.runtime.value_or(latest.runtime())));
    return Apply(settings, latest);
  });
}

absl::StatusOr<ApiReply> FunctionsApi::Update(const ApiCall& call, const std::string& name,
                                              const std::optional<std::string>& revision_id,
                                              const FunctionStore::Change& change) {
  const FunctionId id{call.caller.account, name};
  const std::string arn = FunctionArn(Scope(call), name);
  const absl::StatusOr<records::Function> updated =
      functions_.Update(id, [&](records::Function& function) -> absl::Status {
        RETURN_IF_ERROR(CheckUpdatable(function, revision_id, arn));
        *function.mutable_serving() = function.latest();
        RETURN_IF_ERROR(change(function));
        const absl::StatusOr<ServedRuntime> served = runtimes_.Resolve(function.latest().runtime());
        if (served.ok()) UseRuntimeVersion(*served, *function.mutable_latest());
        MarkInProgress(*function.mutable_latest());
        Touch(*function.mutable_latest());
        return absl::OkStatus();
      });
  if (absl::IsNotFound(updated.status()) && !AwsErrorShape(updated.status())) return FunctionNotFound(arn);
  if (!updated.ok()) return StorageError(updated.status());
  activator_.Schedule(id);
  return Render(200, updated->latest(), arn);
}

absl::StatusOr<ApiReply> FunctionsApi::Delete(const ApiCall& call) {
  ASSIGN_OR_RETURN(const FunctionTarget target,
                   ReadFunctionTarget(call.Label("FunctionName"), call.Query("Qualifier"), Scope(call)));
  if (target.qualifier == kLatest) return Invalid("$LATEST version cannot be deleted without deleting the function.");
  if (!target.qualifier.empty() && !IsNumber(target.qualifier)) {
    return Invalid("Deletion of aliases is not currently supported.");
  }
  const std::string arn = FunctionArn(Scope(call), target.name);
  if (!target.qualifier.empty()) return FunctionNotFound(arn);  // no published version exists
  const absl::Status deleted = functions_.Delete({call.caller.account, target.name});
  if (absl::IsNotFound(deleted)) return FunctionNotFound(arn);
  if (!deleted.ok()) return deleted;
  return ApiReply{204, {}, ""};
}

ApiReply FunctionsApi::Render(int status, const records::FunctionVersion& version, std::string_view arn) const {
  return {status, {}, RenderFunctionConfiguration(version, arn, Detail::kFull, envelope_).Dump()};
}

}  // namespace hearth::controller
