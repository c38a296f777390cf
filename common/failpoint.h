// Failpoints are named places where a test makes the process abort, fail or wait.
//
// HEARTH_FAILPOINT=name=abort|error|delay:MS[,name=…] in the environment arms them; release builds compile them out.
// Errors:  InvalidArgument for a text that does not say that.
// Threads: any thread; armed once at first use.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/errors.h"

namespace hearth {

using ArmedFailpoints = std::map<std::string, std::string, std::less<>>;  // name -> action

absl::StatusOr<ArmedFailpoints> ParseFailpoints(std::string_view text);
// Whether the environment's text can be read: a misspelt action would make a test pass that tests nothing.
absl::Status CheckFailpoints();

// OK unless `name` is armed: abort ends the process with SIGABRT, error returns Unavailable, delay sleeps.
absl::Status ReachFailpoint(std::string_view name);

}  // namespace hearth

#if defined(HEARTH_FAILPOINTS)
// Leaves the enclosing function (returning Status or StatusOr) when armed with error.
#define FAILPOINT_OR_RETURN(name) RETURN_IF_ERROR(::hearth::ReachFailpoint(name))
// For places that cannot fail: abort and delay only.
#define FAILPOINT(name) ::hearth::ReachFailpoint(name).IgnoreError()
// At a program's start.
#define CHECK_FAILPOINTS_OR_RETURN() RETURN_IF_ERROR(::hearth::CheckFailpoints())
// Whether it is armed with error: for what goes wrong without anybody being told.
#define IS_FAILPOINT_SET(name) (!::hearth::ReachFailpoint(name).ok())
#else
#define FAILPOINT_OR_RETURN(name) static_cast<void>(0)
#define FAILPOINT(name) static_cast<void>(0)
#define CHECK_FAILPOINTS_OR_RETURN() static_cast<void>(0)
#define IS_FAILPOINT_SET(name) false
#endif
