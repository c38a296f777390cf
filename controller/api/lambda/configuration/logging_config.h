// LoggingConfig is how a function's log is written: its format, what is left out, and the log group.
//
// Shapes:  a member that was not sent keeps its value; levels exist with the format JSON only, and are INFO unless
// said. Errors:  broken constraints go into the Validation, a wrong type into the BodyReader; a level for the format
// Text is an
//          InvalidParameterValueException.
// Threads: value types.
// Source:  semantics.md §8 "JSON format"; api.md "LoggingConfig".
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/io/json.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/validation.h"
#include "proto/records.pb.h"

namespace hearth::controller {

struct LoggingConfig {
  std::optional<std::string> log_format;
  std::optional<std::string> application_log_level;
  std::optional<std::string> system_log_level;
  std::optional<std::string> log_group;
};

LoggingConfig ReadLoggingConfig(BodyReader& body, Validation& validation);
// Merges what was sent into what the version has.
absl::Status ApplyLoggingConfig(const LoggingConfig& config, records::FunctionVersion& version);
Json RenderLoggingConfig(const records::FunctionVersion& version);

}  // namespace hearth::controller
