#include "controller/api/lambda/environment_variables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/io/json.h"
#include "common/limits.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/patterns.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kReservedKeys[] = {"_HANDLER",
                                              "_X_AMZN_TRACE_ID",
                                              "AWS_DEFAULT_REGION",
                                              "AWS_REGION",
                                              "AWS_EXECUTION_ENV",
                                              "AWS_LAMBDA_FUNCTION_NAME",
                                              "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                              "AWS_LAMBDA_FUNCTION_VERSION",
                                              "AWS_LAMBDA_INITIALIZATION_TYPE",
                                              "AWS_LAMBDA_LOG_GROUP_NAME",
                                              "AWS_LAMBDA_LOG_STREAM_NAME",
                                              "AWS_ACCESS_KEY",
                                              "AWS_ACCESS_KEY_ID",
                                              "AWS_SECRET_ACCESS_KEY",
                                              "AWS_SESSION_TOKEN",
                                              "AWS_LAMBDA_RUNTIME_API",
                                              "LAMBDA_TASK_ROOT",
                                              "LAMBDA_RUNTIME_DIR",
                                              "AWS_LAMBDA_MAX_CONCURRENCY",
                                              "AWS_LAMBDA_METADATA_API",
                                              "AWS_LAMBDA_METADATA_TOKEN",
                                              "HEARTH_IDENTITY_TOKEN_FILE"};  // ours; the others are AWS's

constexpr std::string_view kUnable =
    "Lambda was unable to configure your environment variables because the environment variables you have provided ";

}  // namespace

void ValidateVariableNames(const OrderedVariables& variables, Validation& validation) {
  const bool valid = std::all_of(variables.begin(), variables.end(),
                                 [](const auto& pair) { return kEnvironmentKeyPattern.matches(pair.first); });
  if (valid) return;
  std::vector<std::string> shown;
  for (const auto& [key, value] : variables) shown.push_back(fmt::format("{}={}", key, value));
  validation.Fail("environment.variables", fmt::format("{{{}}}", fmt::join(shown, ", ")),
                  fmt::format("Map keys must satisfy constraint: [Member must satisfy regular expression pattern: {}]",
                              kEnvironmentKeyPattern.text));
}

absl::Status CheckVariables(const OrderedVariables& variables) {
  Json::Object object;
  std::vector<std::string_view> reserved;
  for (const auto& [key, value] : variables) {
    object.emplace_back(key, value);
    if (std::find(std::begin(kReservedKeys), std::end(kReservedKeys), key) != std::end(kReservedKeys)) {
      reserved.push_back(key);
    }
    if (value.find('\0') != std::string::npos) {
      return AwsError(
          "InvalidParameterValueException",
          fmt::format("The environment variable {} holds a NUL character, which no process can receive.", key));
    }
  }
  if (!reserved.empty()) {
    return AwsError(
        "InvalidParameterValueException",
        fmt::format("{}contains reserved keys that are currently not supported for modification. Reserved keys "
                    "used in this request: {}",
                    kUnable, fmt::join(reserved, ", ")));
  }
  const std::string measured = Json(std::move(object)).Dump();
  if (measured.size() > kMaxEnvironmentVariablesBytes) {
    return AwsError("InvalidParameterValueException",
                    fmt::format("{}exceeded the 4KB limit. String measured: {}", kUnable, measured));
  }
  return absl::OkStatus();
}

}  // namespace hearth::controller
