// An invocation's payload must be JSON; what is wrong with one that is not is told in the words AWS's parser uses.
//
// Errors:  InvalidRequestContentException. An empty payload becomes "{}".
// Threads: no state.
// Source:  errors.tsv "Invocation"; api.md §13.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace hearth::controller {

absl::Status CheckPayload(std::string& payload);

}  // namespace hearth::controller
