#include "controller/invoke/environment_spec.h"

#include <fmt/format.h>

#include <utility>

#include "common/errors.h"

namespace hearth::controller {

void NameRuntimeVersion(const ServedRuntime& served, const records::FunctionVersion& version,
                        node::EnvironmentSpec& spec) {
  if (version.update_runtime_on() != records::FunctionVersion::AUTO) return;
  spec.set_runtime_version_text(served.text);
  spec.set_runtime_version_arn(served.arn);
}

absl::StatusOr<node::EnvironmentSpec> MakeEnvironmentSpec(const records::FunctionVersion& version,
                                                          const OpenVariables& open_variables) {
  node::EnvironmentSpec spec;
  spec.set_key(version.environment_key());
  spec.set_account(version.account());
  spec.set_region(version.region());
  spec.set_function_name(version.name());
  spec.set_version(version.version());
  spec.set_runtime(version.runtime());
  spec.set_handler(version.handler());
  spec.set_memory_mb(version.memory_mb());
  spec.set_timeout_ms(version.timeout_seconds() * 1000);
  spec.set_ephemeral_storage_mb(version.ephemeral_storage_mb());
  spec.set_code_sha256(version.code_sha256_hex());
  spec.set_code_bytes(version.code_bytes());
  for (const records::UsedLayer& layer : version.layers()) {
    node::LayerPackage& package = *spec.add_layers();
    package.set_code_sha256(layer.code_sha256_hex());
    package.set_code_bytes(layer.code_bytes());
  }
  spec.set_log_group(version.log_group());
  spec.set_runtime_version_text(version.runtime_version_text());
  spec.set_runtime_version_arn(version.runtime_version_arn());
  spec.set_log_format(version.log_format());
  spec.set_application_log_level(version.application_log_level());
  spec.set_system_log_level(version.system_log_level());
  if (version.sealed_environment().empty()) return spec;
  using Variables = std::map<std::string, std::string>;
  ASSIGN_OR_RETURN(Variables variables, open_variables(version));
  for (auto& [name, value] : variables) (*spec.mutable_environment())[name] = std::move(value);
  return spec;
}

std::string FunctionArnOf(const records::FunctionVersion& version) {
  return fmt::format("arn:aws:lambda:{}:{}:function:{}", version.region(), version.account(), version.name());
}

void GiveCredentials(const SigV4Credentials& credentials, int64_t expires_ms, node::EnvironmentSpec& spec) {
  node::RoleCredentials& given = *spec.mutable_credentials();
  given.set_access_key_id(credentials.access_key_id);
  given.set_secret_access_key(credentials.secret_access_key);
  given.set_session_token(credentials.session_token);
  given.set_expires_ms(expires_ms);
}

}  // namespace hearth::controller
