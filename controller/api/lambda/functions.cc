#include "controller/api/lambda/functions.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/code_signing/function_code_signing.h"
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

absl::Status AlreadyExists(std::string_view name) {
  return AwsError("ResourceConflictException", fmt::format("Function already exist: {}", name));
}

// The bare name must fit an ARN; only then does AWS look whether it is taken.
absl::Status CheckBareNameLength(std::string_view name) {
  if (name.size() <= kMaxBareName) return absl::OkStatus();
  return Invalid(
      fmt::format("1 validation error detected: Value '{}' at 'functionName' failed to satisfy constraint: Member "
                  "must have length less than or equal to {}",
                  name, kMaxBareName));
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
  RETURN_IF_ERROR(options_.check_role(call.caller, latest.role(), FunctionArn(Scope(call), id.name)));
  RETURN_IF_ERROR(options_.check_dead_letters(latest));
  ASSIGN_OR_RETURN(const ChosenLayers layers, layers_.Choose(call.caller, body));
  ASSIGN_OR_RETURN(const UploadedCode uploaded, code_.Read(*body.Find("Code")));
  layers.PutInto(latest);
  RETURN_IF_ERROR(layers_.CheckSize(latest, uploaded.unzipped_bytes));
  RETURN_IF_ERROR(trust_.CheckCode(function, uploaded.zip));
  RETURN_IF_ERROR(trust_.CheckLayers(function));
  ASSIGN_OR_RETURN(const CodePin pin, code_.Keep(uploaded));
  latest.set_signing_profile_version_arn(trust_.SignerOf(uploaded.zip));
  latest.set_code_sha256_hex(uploaded.sha256_hex);
  latest.set_code_bytes(static_cast<int64_t>(uploaded.zip.size()));
  std::optional<records::FunctionVersion> first;
  if (BodyReader(body).Boolean("Publish").value_or(false)) {
    ASSIGN_OR_RETURN(first, publisher_.MakeVersion(function, std::nullopt, Publisher::As::kPending));
  }
  const absl::Status created = functions_.Create(function, first);
  if (absl::IsAlreadyExists(created)) return AlreadyExists(id.name);
  if (!created.ok()) return CodeStorageError(created);
  activator_.Schedule(id);
  // With Publish the answer describes version 1, under the ARN of the function. Source: api.md §1, recorded.
  return Render(201, first.value_or(latest), FunctionArn(Scope(call), id.name));
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
  reader.Boolean("Publish");
  ValidateLayers(reader, validation);
  const std::string code_signing = reader.String("CodeSigningConfigArn").value_or("");
  if (!code_signing.empty()) ValidateCodeSigningConfigArn(code_signing, validation);
  ValidateUnsupportedSettings(reader, validation);
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());

  ASSIGN_OR_RETURN(const std::string name, ReadUnqualifiedName(*function_name, Scope(call)));
  RETURN_IF_ERROR(CheckBareNameLength(name));
  // Whether it is there comes before what is asked of it. Source: semantics.md §1.
  if (functions_.Get({call.caller.account, name}).ok()) return AlreadyExists(name);
  RETURN_IF_ERROR(RefuseUnsupportedSettings(body, settings.runtime.value_or("")));
  RETURN_IF_ERROR(RefuseUnsupportedCode(*code));
  RETURN_IF_ERROR(RefusePublishTo(body));
  RETURN_IF_ERROR(CheckTags(tags));
  if (!settings.runtime || !settings.handler) {
    return Invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  }
  const std::string architecture = architectures.empty() ? "x86_64" : architectures[0];
  RETURN_IF_ERROR(RefuseForeignArchitecture(architecture, options_.architecture));

  records::Function function;
  function.mutable_tags()->insert(tags.begin(), tags.end());
  function.set_code_signing_config_arn(code_signing);
  function.set_next_version(1);
  records::FunctionVersion& latest = *function.mutable_latest();
  StartVersion({options_.region, call.caller.account}, name, latest);
  latest.set_architecture(architecture);
  RETURN_IF_ERROR(Apply(settings, latest));
  RETURN_IF_ERROR(CheckKey(call, settings, latest));
  Touch(latest);
  return function;
}

absl::Status FunctionsApi::CheckKey(const ApiCall& call, const FunctionSettings& settings,
                                    const records::FunctionVersion& version) const {
  const bool seals = settings.kms_key_arn.has_value() || settings.variables.has_value();
  if (!seals || version.kms_key_arn().empty()) return absl::OkStatus();
  return options_.check_key(call.caller, version.kms_key_arn(), FunctionArn(Scope(call), version.name()));
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

absl::StatusOr<ApiReply> FunctionsApi::UpdateCode(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  ValidateStrictName(call.Label("FunctionName"), validation);
  const std::vector<std::string> architectures = ReadArchitectures(reader, validation);
  const std::optional<std::string> revision_id = reader.String("RevisionId");
  const std::optional<std::string> image_uri = reader.String("ImageUri");
  const bool dry_run = reader.Boolean("DryRun").value_or(false);
  const bool publish = reader.Boolean("Publish").value_or(false);
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
  RETURN_IF_ERROR(RefusePublishTo(body));
  if (!architectures.empty()) RETURN_IF_ERROR(RefuseForeignArchitecture(architectures[0], options_.architecture));
  ASSIGN_OR_RETURN(const UploadedCode uploaded, code_.Read(body));

  RETURN_IF_ERROR(trust_.CheckCode(*standing, uploaded.zip));
  const std::string signer = trust_.SignerOf(uploaded.zip);
  const auto change = [&](records::Function& function) -> absl::Status {
    if (function.code_signing_config_arn() != standing->code_signing_config_arn()) {
      RETURN_IF_ERROR(trust_.CheckCode(function, uploaded.zip));
    }
    RETURN_IF_ERROR(layers_.CheckSize(function.latest(), uploaded.unzipped_bytes));
    function.mutable_latest()->set_signing_profile_version_arn(signer);
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
  return Update(call, {name, revision_id, publish}, change);
}

absl::StatusOr<ApiReply> FunctionsApi::UpdateConfiguration(const ApiCall& call) {
  ASSIGN_OR_RETURN(const Json body, ParseBody(call.body));
  BodyReader reader(body);
  Validation validation;
  ValidateStrictName(call.Label("FunctionName"), validation);
  const FunctionSettings settings = ReadFunctionSettings(reader, validation);
  const std::optional<std::string> revision_id = reader.String("RevisionId");
  ValidateLayers(reader, validation);
  ValidateUnsupportedSettings(reader, validation);
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(validation.Result());
  ASSIGN_OR_RETURN(const std::string name, ReadUnqualifiedName(call.Label("FunctionName"), Scope(call)));
  if (absl::IsNotFound(functions_.Get({call.caller.account, name}).status())) {
    return FunctionNotFound(FunctionArn(Scope(call), name));
  }
  ASSIGN_OR_RETURN(const ChosenLayers layers, layers_.Choose(call.caller, body));
  return Update(call, {name, revision_id}, [&](records::Function& function) -> absl::Status {
    records::FunctionVersion& latest = *function.mutable_latest();
    RETURN_IF_ERROR(RefuseUnsupportedSettings(body, settings.runtime.value_or(latest.runtime())));
    if (settings.role) {
      RETURN_IF_ERROR(options_.check_role(call.caller, *settings.role, FunctionArn(Scope(call), name)));
    }
    layers.PutInto(latest);
    if (layers.given()) {
      RETURN_IF_ERROR(layers_.CheckSize(latest));
      RETURN_IF_ERROR(trust_.CheckLayers(function));
    }
    RETURN_IF_ERROR(Apply(settings, latest));
    RETURN_IF_ERROR(CheckKey(call, settings, latest));
    return settings.dead_letter_arn || settings.role ? options_.check_dead_letters(latest) : absl::OkStatus();
  });
}

absl::StatusOr<ApiReply> FunctionsApi::Update(const ApiCall& call, const UpdateRequest& request,
                                              const FunctionStore::Change& change) {
  const FunctionId id{call.caller.account, request.name};
  const std::string arn = FunctionArn(Scope(call), request.name);
  std::optional<records::FunctionVersion> published;
  const absl::StatusOr<records::Function> updated = functions_.Edit(id, [&](FunctionEdit& edit) -> absl::Status {
    records::Function& function = edit.function;
    RETURN_IF_ERROR(CheckUpdatable(function, request.revision_id, arn));
    *function.mutable_serving() = function.latest();
    RETURN_IF_ERROR(change(function));
    const absl::StatusOr<ServedRuntime> served = runtimes_.Resolve(function.latest().runtime());
    if (served.ok()) UseRuntimeVersion(*served, *function.mutable_latest());
    MarkInProgress(*function.mutable_latest());
    Touch(*function.mutable_latest());
    if (!request.publish) return absl::OkStatus();
    ASSIGN_OR_RETURN(Publisher::Published made, publisher_.Publish(edit, std::nullopt, Publisher::As::kPending));
    published = std::move(made.version);
    return absl::OkStatus();
  });
  if (absl::IsNotFound(updated.status()) && !AwsErrorShape(updated.status())) return FunctionNotFound(arn);
  if (!updated.ok()) return CodeStorageError(updated.status());
  activator_.Schedule(id);
  if (published) return Render(200, *published, fmt::format("{}:{}", arn, published->version()));
  return Render(200, updated->latest(), arn);
}

ApiReply FunctionsApi::Render(int status, const records::FunctionVersion& version, std::string_view arn) const {
  return {status, {}, RenderFunctionConfiguration(version, arn, Detail::kFull, envelope_).Dump()};
}

}  // namespace hearth::controller
