// The rules for a function's environment variables.
//
// Shapes:  variables in the order of the request, since the text of the size limit shows them so.
// Errors:  constraints go into the Validation; the size limit and reserved keys are InvalidParameterValueException.
// Threads: no state.
// Source:  semantics.md §5 "Environment variables"; errors.tsv.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "controller/api/lambda/validation.h"

namespace hearth::controller {

using OrderedVariables = std::vector<std::pair<std::string, std::string>>;

void ValidateVariableNames(const OrderedVariables& variables, Validation& validation);
absl::Status CheckVariables(const OrderedVariables& variables);

}  // namespace hearth::controller
