// Runtime ids as AWS knows them: which exist, and since when none may be created with them.
//
// Threads: no state.
// Source:  semantics.md §13 "Runtimes"; errors.tsv for the texts.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/clock.h"

namespace hearth::controller {

// OK when a function may be created with `runtime_id` at `now`; else an InvalidParameterValueException.
absl::Status CheckRuntimeId(std::string_view runtime_id, WallTime now, bool allow_deprecated);
// Whether AWS knows it, retired or not.
bool IsRuntimeId(std::string_view runtime_id);
// The set as AWS shows it to who publishes with an unknown one, and as it shows it to who lists by one.
std::string_view ShownRuntimeIds();
std::string AllRuntimeIds();
bool SupportsSnapStart(std::string_view runtime_id);

}  // namespace hearth::controller
