#include "worker/environments/runtime_environment.h"

#include <fmt/format.h>

#include <map>

#include "common/limits.h"
#include "worker/logs/platform_log.h"
#include "worker/sandbox/sandbox.h"

namespace hearth::worker {
namespace {

using Variables = std::map<std::string, std::string>;

// "nodejs20.x" -> "node20", the folder name layers use.
std::string NodeFolder(std::string_view runtime) {
  runtime.remove_prefix(std::string_view("nodejs").size());
  return fmt::format("node{}", runtime.substr(0, runtime.find('.')));
}

// What a customer's variable of the same name replaces.
Variables OverridableDefaults(const node::EnvironmentSpec& spec) {
  Variables defaults = {
      {"LANG", "en_US.UTF-8"},
      {"TZ", ":UTC"},
      {"PATH", "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"},
      {"LD_LIBRARY_PATH",
       "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"},
      {"AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"},
      {"AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000"},
  };
  if (spec.runtime().starts_with("python")) defaults["PYTHONPATH"] = "/var/runtime";
  if (spec.runtime().starts_with("nodejs")) {
    defaults["NODE_PATH"] = fmt::format(
        "/opt/nodejs/{}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task",
        NodeFolder(spec.runtime()));
  }
  return defaults;
}

// What nobody can replace.
Variables PlatformVariables(const node::EnvironmentSpec& spec, const std::string& log_stream) {
  Variables platform = {
      {"AWS_DEFAULT_REGION", spec.region()},
      {"AWS_REGION", spec.region()},
      {"AWS_LAMBDA_FUNCTION_NAME", spec.function_name()},
      {"AWS_LAMBDA_FUNCTION_VERSION", spec.version()},
      {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", fmt::format("{}", spec.memory_mb())},
      {"AWS_LAMBDA_INITIALIZATION_TYPE", std::string(InitializationType(spec))},
      {"AWS_LAMBDA_LOG_GROUP_NAME", spec.log_group()},
      {"AWS_LAMBDA_LOG_STREAM_NAME", log_stream},
      {"AWS_LAMBDA_RUNTIME_API", fmt::format("127.0.0.1:{}", kRuntimeApiPort)},
      {"_AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1"},
      {"_AWS_XRAY_DAEMON_PORT", "2000"},
      {"LAMBDA_RUNTIME_DIR", "/var/runtime"},
      {"LAMBDA_TASK_ROOT", "/var/task"},
      {"_HANDLER", spec.handler()},
      {"_LAMBDA_TELEMETRY_LOG_FD", fmt::format("{}", Sandbox::kTelemetryFd)},
  };
  if (spec.log_format() == "JSON") {
    platform["AWS_LAMBDA_LOG_FORMAT"] = "JSON";
    platform["AWS_LAMBDA_LOG_LEVEL"] = spec.application_log_level();
  }
  if (!spec.runtime().starts_with("provided")) {
    platform["AWS_EXECUTION_ENV"] = fmt::format("AWS_Lambda_{}", spec.runtime());
  }
  if (spec.has_identity()) platform["HEARTH_IDENTITY_TOKEN_FILE"] = Sandbox::kIdentityTokenFile;
  if (spec.has_credentials()) {
    platform["AWS_ACCESS_KEY_ID"] = spec.credentials().access_key_id();
    platform["AWS_SECRET_ACCESS_KEY"] = spec.credentials().secret_access_key();
    platform["AWS_SESSION_TOKEN"] = spec.credentials().session_token();
  }
  return platform;
}

// The controller has checked names and sizes; what execve could not carry is left out here all the same.
bool Carriable(const std::string& name, const std::string& value) {
  return !name.empty() && name.find('=') == std::string::npos && name.find('\0') == std::string::npos &&
         value.find('\0') == std::string::npos;
}

std::vector<std::string> Lines(const Variables& variables) {
  std::vector<std::string> lines;
  lines.reserve(variables.size());
  for (const auto& [name, value] : variables) lines.push_back(fmt::format("{}={}", name, value));
  return lines;
}

}  // namespace

std::vector<std::string> RuntimeEnvironment(const node::EnvironmentSpec& spec, const std::string& log_stream,
                                            bool offers_aws_api) {
  Variables merged = OverridableDefaults(spec);
  if (offers_aws_api) merged["AWS_ENDPOINT_URL"] = fmt::format("http://127.0.0.1:{}", kRuntimeApiPort);
  for (const auto& [name, value] : spec.environment()) {
    if (Carriable(name, value)) merged[name] = value;
  }
  // AWS_EXECUTION_ENV is the platform's word even where the platform does not say it.
  merged.erase("AWS_EXECUTION_ENV");
  for (auto& [name, value] : PlatformVariables(spec, log_stream)) merged[name] = value;
  return Lines(merged);
}

std::vector<std::string> ParkedRuntimeEnvironment(const std::string& runtime_folder, int memory_mb) {
  node::EnvironmentSpec generic;
  generic.set_runtime(runtime_folder == "node" ? "nodejs" : runtime_folder);
  Variables variables = OverridableDefaults(generic);
  variables["AWS_LAMBDA_RUNTIME_API"] = fmt::format("127.0.0.1:{}", kRuntimeApiPort);
  if (memory_mb > 0) variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = fmt::format("{}", memory_mb);
  variables[kAssignmentVariable] = fmt::format("{}", Sandbox::kAssignmentFd);
  return Lines(variables);
}

}  // namespace hearth::worker
