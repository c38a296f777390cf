#include "controller/api/lambda/function_configuration.h"

#include "common/clock.h"
#include "common/crypto.h"
#include "common/log.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/configuration/function_key.h"
#include "controller/api/lambda/configuration/logging_config.h"

namespace hearth::controller {
namespace {

using records::FunctionVersion;

Json Object(std::initializer_list<Json::Member> members) { return Json(Json::Object(members)); }

const char* StateName(FunctionVersion::State state) {
  switch (state) {
    case FunctionVersion::PENDING:
      return "Pending";
    case FunctionVersion::ACTIVE:
      return "Active";
    case FunctionVersion::INACTIVE:
      return "Inactive";
    case FunctionVersion::FAILED:
      return "Failed";
    default:
      return "Active";  // protobuf's own sentinels; never stored
  }
}

const char* UpdateStatusName(FunctionVersion::UpdateStatus status) {
  switch (status) {
    case FunctionVersion::UPDATE_IN_PROGRESS:
      return "InProgress";
    case FunctionVersion::UPDATE_FAILED:
      return "Failed";
    default:
      return "Successful";
  }
}

void SetUnlessEmpty(Json& object, const char* member, const std::string& value) {
  if (!value.empty()) object.Set(member, value);
}

Json RenderEnvironment(const FunctionVersion& version, const Envelope& envelope) {
  const absl::StatusOr<EnvironmentVariables> variables = OpenEnvironment(envelope, version);
  if (const std::optional<KeyProblem> problem = KeyProblemOf(variables.status())) {
    const absl::Status error = FunctionKeyError(*problem);
    return Object({{"Error", Object({{"ErrorCode", AwsErrorShape(error).value_or("")},
                                     {"Message", std::string(error.message())}})}});
  }
  if (!variables.ok()) {
    LogError("a function's environment cannot be opened",
             {{"function", version.name()}, {"error", std::string(variables.status().message())}});
    return Object(
        {{"Error", Object({{"ErrorCode", "KMSInvalidStateException"},
                           {"Message", "The environment variables of this function cannot be decrypted."}})}});
  }
  Json shown{Json::Object()};
  for (const auto& [key, value] : *variables) shown.Set(key, value);
  return Object({{"Variables", std::move(shown)}});
}

Json RenderLayers(const FunctionVersion& version) {
  Json::Array layers;
  for (const records::UsedLayer& layer : version.layers()) {
    Json shown = Object({{"Arn", layer.arn()}, {"CodeSize", layer.code_bytes()}});
    SetUnlessEmpty(shown, "SigningProfileVersionArn", layer.signing_profile_version_arn());
    layers.push_back(std::move(shown));
  }
  return Json(std::move(layers));
}

void RenderState(const FunctionVersion& version, Json& object) {
  object.Set("State", StateName(version.state()));
  SetUnlessEmpty(object, "StateReason", version.state_reason());
  SetUnlessEmpty(object, "StateReasonCode", version.state_reason_code());
  if (version.last_update_status() != FunctionVersion::UPDATE_NONE) {
    object.Set("LastUpdateStatus", UpdateStatusName(version.last_update_status()));
    SetUnlessEmpty(object, "LastUpdateStatusReason", version.last_update_reason());
    SetUnlessEmpty(object, "LastUpdateStatusReasonCode", version.last_update_reason_code());
  }
  object.Set("RuntimeVersionConfig", Object({{"RuntimeVersionArn", version.runtime_version_arn()}}));
}

}  // namespace

Json RenderFunctionConfiguration(const FunctionVersion& version, std::string_view arn, Detail detail,
                                 const Envelope& envelope) {
  Json object = Object({
      {"FunctionName", version.name()},
      {"FunctionArn", arn},
      {"Runtime", version.runtime()},
      {"Role", version.role()},
      {"Handler", version.handler()},
      {"CodeSize", version.code_bytes()},
      {"Description", version.description()},
      {"Timeout", version.timeout_seconds()},
      {"MemorySize", version.memory_mb()},
      {"LastModified", FormatAwsTimestamp(FromUnixMillis(version.last_modified_ms()))},
      {"CodeSha256", Base64Encode(HexDecode(version.code_sha256_hex()).value_or(""))},
      {"Version", version.version()},
      {"TracingConfig", Object({{"Mode", "PassThrough"}})},
      {"RevisionId", version.revision_id()},
      {"PackageType", "Zip"},
      {"Architectures", Json(Json::Array{version.architecture()})},
      {"EphemeralStorage", Object({{"Size", version.ephemeral_storage_mb()}})},
      {"SnapStart", Object({{"ApplyOn", "None"}, {"OptimizationStatus", "Off"}})},
      {"LoggingConfig", RenderLoggingConfig(version)},
  });
  SetUnlessEmpty(object, "KMSKeyArn", version.kms_key_arn());
  if (!version.dead_letter_arn().empty())
    object.Set("DeadLetterConfig", Object({{"TargetArn", version.dead_letter_arn()}}));
  SetUnlessEmpty(object, "SigningProfileVersionArn", version.signing_profile_version_arn());
  if (version.layers_size() > 0) object.Set("Layers", RenderLayers(version));
  if (version.has_environment()) object.Set("Environment", RenderEnvironment(version, envelope));
  if (detail == Detail::kFull) RenderState(version, object);
  return object;
}

}  // namespace hearth::controller
