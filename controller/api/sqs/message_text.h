// What text a message may hold.
//
// Errors:  InvalidMessageContents.
// Threads: no state.
// Source:  AWS SQS API Reference, "SendMessage".
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace hearth::controller {

// The characters XML 1.0 can hold, in UTF-8.
absl::Status CheckMessageText(std::string_view text);

}  // namespace hearth::controller
