#include "controller/api/lambda/configuration/logging_config.h"

#include "controller/api/aws_error.h"
#include "controller/api/lambda/patterns.h"

namespace hearth::controller {
namespace {

constexpr char kJson[] = "JSON";
constexpr char kText[] = "Text";
constexpr char kDefaultLevel[] = "INFO";
constexpr size_t kMaxLogGroupBytes = 512;

void Validate(const LoggingConfig& config, Validation& validation) {
  if (config.log_format) validation.Enum("loggingConfig.logFormat", *config.log_format, {kJson, kText});
  if (config.application_log_level) {
    validation.Enum("loggingConfig.applicationLogLevel", *config.application_log_level,
                    {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"});
  }
  if (config.system_log_level) {
    validation.Enum("loggingConfig.systemLogLevel", *config.system_log_level, {"DEBUG", "INFO", "WARN"});
  }
  if (config.log_group) {
    validation.Length("loggingConfig.logGroup", *config.log_group, 1, kMaxLogGroupBytes);
    validation.Pattern("loggingConfig.logGroup", *config.log_group, kLogGroupPattern);
  }
}

}  // namespace

LoggingConfig ReadLoggingConfig(BodyReader& body, Validation& validation) {
  LoggingConfig config;
  const Json* object = body.Object("LoggingConfig");
  if (object == nullptr) return config;
  BodyReader nested(*object);
  config.log_format = nested.String("LogFormat");
  config.application_log_level = nested.String("ApplicationLogLevel");
  config.system_log_level = nested.String("SystemLogLevel");
  config.log_group = nested.String("LogGroup");
  body.Absorb(nested);
  Validate(config, validation);
  return config;
}

absl::Status ApplyLoggingConfig(const LoggingConfig& config, records::FunctionVersion& version) {
  const bool json = config.log_format.value_or(version.log_format()) == kJson;
  if (!json && (config.application_log_level || config.system_log_level)) {
    return AwsError("InvalidParameterValueException",
                    "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or "
                    "change the LogFormat to \"JSON\" and try again.");
  }
  if (config.log_group) version.set_log_group(*config.log_group);
  if (!json) {
    version.clear_log_format();
    version.clear_application_log_level();
    version.clear_system_log_level();
    return absl::OkStatus();
  }
  if (version.log_format() != kJson) {
    version.set_log_format(kJson);
    version.set_application_log_level(kDefaultLevel);
    version.set_system_log_level(kDefaultLevel);
  }
  if (config.application_log_level) version.set_application_log_level(*config.application_log_level);
  if (config.system_log_level) version.set_system_log_level(*config.system_log_level);
  return absl::OkStatus();
}

Json RenderLoggingConfig(const records::FunctionVersion& version) {
  const bool json = version.log_format() == kJson;
  Json config(Json::Object{{"LogFormat", json ? kJson : kText}});
  if (json) {
    config.Set("ApplicationLogLevel", version.application_log_level());
    config.Set("SystemLogLevel", version.system_log_level());
  }
  config.Set("LogGroup", version.log_group());
  return config;
}

}  // namespace hearth::controller
