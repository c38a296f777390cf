// FunctionSettings are the members that CreateFunction and UpdateFunctionConfiguration share, as the client sent them.
//
// Errors:  broken constraints go into the Validation, a wrong type into the BodyReader.
// Threads: value types.
// Source:  api.md CreateFunction, UpdateFunctionConfiguration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/configuration/function_key.h"
#include "controller/api/lambda/configuration/logging_config.h"
#include "controller/api/lambda/environment_variables.h"
#include "controller/api/lambda/validation.h"
#include "proto/records.pb.h"

namespace hearth::controller {

struct FunctionSettings {
  std::optional<std::string> runtime;
  std::optional<std::string> role;
  std::optional<std::string> handler;
  std::optional<std::string> description;
  std::optional<int64_t> timeout_seconds;
  std::optional<int64_t> memory_mb;
  std::optional<int64_t> ephemeral_storage_mb;
  LoggingConfig logging;
  std::optional<std::string> kms_key_arn;
  std::optional<std::string> dead_letter_arn;
  std::optional<OrderedVariables> variables;  // present and empty: "Environment": {}
};

FunctionSettings ReadFunctionSettings(BodyReader& body, Validation& validation);
// CreateFunction's Architectures: empty when not given.
std::vector<std::string> ReadArchitectures(BodyReader& body, Validation& validation);
// CreateFunction's Tags, in the order of the request.
OrderedVariables ReadTags(BodyReader& body, Validation& validation);
void ValidateTagKey(std::string_view member, std::string_view key, Validation& validation);
absl::Status CheckTags(const OrderedVariables& tags);

// AWS's defaults for what CreateFunction did not say.
void ApplyDefaults(records::FunctionVersion& version);
// Everything but logging and the environment's variables, which have rules of their own.
void ApplySettings(const FunctionSettings& settings, records::FunctionVersion& version);

}  // namespace hearth::controller
