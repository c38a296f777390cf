// Failpoints are named places where a test makes the process abort, fail or wait.
//
// HEARTH_FAILPOINT=name=abort|error|delay:MS[,name=…] in the environment arms them; release builds compile them out.
// Threads: any thread; armed once at first use.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "common/errors.h"

namespace hearth {

// OK unless `name` is armed: abort ends the process with SIGABRT, error returns Unavailable, delay sleeps.
absl::Status ReachFailpoint(std::string_view name);

}  // namespace hearth

#if defined(HEARTH_FAILPOINTS)
// Leaves the enclosing function (returning Status or StatusOr) when armed with error.
#define FAILPOINT_OR_RETURN(name) RETURN_IF_ERROR(::hearth::ReachFailpoint(name))
// For places that cannot fail: abort and delay only.
#define FAILPOINT(name) ::hearth::ReachFailpoint(name).IgnoreError()
#else
#define FAILPOINT_OR_RETURN(name) static_cast<void>(0)
#define FAILPOINT(name) static_cast<void>(0)
#endif
