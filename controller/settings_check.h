// CheckSettings finds what is wrong with the controller's settings before anything is opened: at every start, and
// alone with --check-config.
//
// Errors:  InvalidArgument or NotFound that names the setting and says what would do.
// Threads: no state; reads the file of signing profiles and nothing else.
#pragma once

#include "absl/status/status.h"
#include "common/config.h"

namespace hearth::controller {

absl::Status CheckSettings(const Config& config);

}  // namespace hearth::controller
