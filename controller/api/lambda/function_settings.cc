#include "controller/api/lambda/function_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/limits.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/patterns.h"
#include "controller/api/lambda/queue_access.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxRoleBytes = 10000;
constexpr size_t kMaxHandlerBytes = 128;
constexpr size_t kMaxDescription = 256;
constexpr size_t kMaxTagKey = 128;
constexpr size_t kMaxTagValue = 256;

void ValidateSettings(const FunctionSettings& settings, Validation& validation) {
  if (settings.role) {
    validation.Length("role", *settings.role, 0, kMaxRoleBytes);
    validation.Pattern("role", *settings.role, kRolePattern);
  }
  if (settings.handler) {
    validation.Length("handler", *settings.handler, 0, kMaxHandlerBytes);
    validation.Pattern("handler", *settings.handler, kHandlerPattern);
  }
  if (settings.description) validation.Length("description", *settings.description, 0, kMaxDescription);
  if (settings.timeout_seconds) {
    validation.Range("timeout", *settings.timeout_seconds, kMinTimeoutSeconds, kMaxTimeoutSeconds);
  }
  if (settings.memory_mb) validation.Range("memorySize", *settings.memory_mb, kMinMemoryMb, kMaxMemoryMb);
  if (settings.ephemeral_storage_mb) {
    validation.Range("ephemeralStorage.size", *settings.ephemeral_storage_mb, kMinEphemeralStorageMb,
                     kMaxEphemeralStorageMb);
  }
  if (settings.variables) ValidateVariableNames(*settings.variables, validation);
}

void ReadEphemeralStorage(BodyReader& body, FunctionSettings& settings, Validation& validation) {
  const Json* storage = body.Object("EphemeralStorage");
  if (storage == nullptr) return;
  BodyReader nested(*storage);
  settings.ephemeral_storage_mb = nested.Integer("Size");
  validation.NotNull("ephemeralStorage.size", settings.ephemeral_storage_mb.has_value());
  body.Absorb(nested);
}

void ReadEnvironment(BodyReader& body, FunctionSettings& settings) {
  const Json* environment = body.Object("Environment");
  if (environment == nullptr) return;
  BodyReader nested(*environment);
  settings.variables = nested.StringMap("Variables").value_or(OrderedVariables());
  body.Absorb(nested);
}

}  // namespace

FunctionSettings ReadFunctionSettings(BodyReader& body, Validation& validation) {
  FunctionSettings settings;
  settings.runtime = body.String("Runtime");
  settings.role = body.String("Role");
  settings.handler = body.String("Handler");
  settings.description = body.String("Description");
  settings.timeout_seconds = body.Integer("Timeout");
  settings.memory_mb = body.Integer("MemorySize");
  ReadEphemeralStorage(body, settings, validation);
  ReadEnvironment(body, settings);
  settings.logging = ReadLoggingConfig(body, validation);
  settings.kms_key_arn = ReadKmsKeyArn(body, validation);
  settings.dead_letter_arn = ReadDeadLetterConfig(body, validation);
  ValidateSettings(settings, validation);
  return settings;
}

std::vector<std::string> ReadArchitectures(BodyReader& body, Validation& validation) {
  const std::optional<std::vector<std::string>> list = body.Strings("Architectures");
  if (!list) return {};
  const std::vector<std::string>& given = *list;
  const std::string shown = fmt::format("[{}]", fmt::join(given, ", "));
  if (given.size() > 1) {
    validation.Fail("architectures", shown, "Member must have length less than or equal to 1");
  }
  if (given.empty()) validation.Fail("architectures", shown, "Member must have length greater than or equal to 1");
  const bool known = std::all_of(given.begin(), given.end(),
                                 [](const std::string& name) { return name == "x86_64" || name == "arm64"; });
  if (!known) {
    validation.Fail(
        "architectures", shown,
        "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not "
        "be null]");
  }
  return given;
}

OrderedVariables ReadTags(BodyReader& body, Validation& validation) {
  OrderedVariables tags = body.StringMap("Tags").value_or(OrderedVariables());
  for (const auto& [key, value] : tags) {
    ValidateTagKey("tags", key, validation);
    validation.Length("tags", value, 0, kMaxTagValue);
    validation.Pattern("tags", value, kTagPattern);
  }
  return tags;
}

void ValidateTagKey(std::string_view member, std::string_view key, Validation& validation) {
  validation.Length(member, key, 1, kMaxTagKey);
  validation.Pattern(member, key, kTagPattern);
}

absl::Status CheckTags(const OrderedVariables& tags) {
  if (tags.size() > static_cast<size_t>(kMaxTags)) {
    return AwsError("InvalidParameterValueException", "Number of tags exceeds resource tag limit.");
  }
  for (const auto& [key, value] : tags) {
    if (!key.starts_with("aws:")) continue;
    return AwsError("InvalidParameterValueException",
                    fmt::format("Tag key {}: the prefix aws: is reserved for system use.", key));
  }
  return absl::OkStatus();
}

void ApplyDefaults(records::FunctionVersion& version) {
  version.set_timeout_seconds(kDefaultTimeoutSeconds);
  version.set_memory_mb(kDefaultMemoryMb);
  version.set_ephemeral_storage_mb(kMinEphemeralStorageMb);
  version.set_log_group(fmt::format("/aws/lambda/{}", version.name()));
}

void ApplySettings(const FunctionSettings& settings, records::FunctionVersion& version) {
  if (settings.runtime) version.set_runtime(*settings.runtime);
  if (settings.role) version.set_role(*settings.role);
  if (settings.handler) version.set_handler(*settings.handler);
  if (settings.description) version.set_description(*settings.description);
  if (settings.timeout_seconds) version.set_timeout_seconds(static_cast<int32_t>(*settings.timeout_seconds));
  if (settings.memory_mb) version.set_memory_mb(static_cast<int32_t>(*settings.memory_mb));
  if (settings.ephemeral_storage_mb) {
    version.set_ephemeral_storage_mb(static_cast<int32_t>(*settings.ephemeral_storage_mb));
  }
  if (settings.dead_letter_arn) version.set_dead_letter_arn(*settings.dead_letter_arn);
}

}  // namespace hearth::controller
