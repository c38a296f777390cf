// CheckSettings finds what is wrong with the worker's settings before anything starts: at every start, and alone with
// --check-config.
//
// Errors:  InvalidArgument that names the setting and says what would do.
// Threads: no state; looks at no file: what must be installed is looked for at a start.
#pragma once

#include "absl/status/status.h"
#include "common/config.h"

namespace hearth::worker {

absl::Status CheckSettings(const Config& config);

}  // namespace hearth::worker
