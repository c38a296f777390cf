// FunctionKey is the customer's key under which a function's environment variables are sealed, KMSKeyArn.
//
// Errors:  a key that cannot be used is InvalidParameterValueException where it is set, KMS…Exception where the
//          variables are needed.
// Threads: no state.
// Source:  api.md "Error shapes"; AWS Lambda Developer Guide, "Securing Lambda environment variables".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/validation.h"
#include "controller/auth/identity.h"
#include "controller/secrets/envelope.h"
#include "controller/secrets/key_problem.h"
#include "proto/records.pb.h"

namespace hearth::controller {

// KMSKeyArn as it was sent; empty clears.
std::optional<std::string> ReadKmsKeyArn(BodyReader& body, Validation& validation);

// Seals the version's environment: `variables` if given, else those it has, under `key_arn` if given, else under the
// key it has.
absl::Status SealUnder(const std::optional<std::string>& key_arn, const std::optional<EnvironmentVariables>& variables,
                       const Envelope& envelope, records::FunctionVersion& version);

// Whether the caller may have a function's environment sealed under a key. One that is not there passes: sealing says
// so.
using KeyCheck =
    std::function<absl::Status(const Identity& caller, const std::string& key_arn, const std::string& function_arn)>;

// The refusal of a key where it is set.
absl::Status RefuseFunctionKey(KeyProblem problem, std::string_view message);

// What Invoke answers, and Environment.Error shows. Passes on what is no problem of a key.
absl::Status ToFunctionKeyError(const absl::Status& status);
absl::Status FunctionKeyError(KeyProblem problem);

}  // namespace hearth::controller
