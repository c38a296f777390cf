// Every setting of hearth-controller, with its default, unit and reason.
//
// Threads: no state.
#pragma once

#include <vector>

#include "common/config.h"

namespace hearth::controller {

std::vector<ConfigKey> ControllerSettings();

}  // namespace hearth::controller
