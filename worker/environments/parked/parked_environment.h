// A ParkedEnvironment is a sandbox, with a runtime booted in it or without, that waits for its function.
//
// It has run nothing of a function, serves one only, and learns of it here: the runtime gets the environment variables,
// credentials among them, through a socket that is closed then.
//
// Shapes:  an assignment is "NAME=value" strings, each with a zero byte at its end; the end of the socket ends it. The
//          runtime says with one byte that it has booted.
// Errors:  of the sandbox factory; FailedPrecondition for one that ended while it waited.
// Threads: one at a time; all of it waits.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/unique_fd.h"
#include "worker/environments/parked/parked_kind.h"
#include "worker/environments/runtime_process.h"
#include "worker/sandbox/sandbox.h"

namespace hearth::worker {

struct ParkedEnvironment {
  ParkedKind kind;
  std::string sandbox_id;
  std::shared_ptr<Sandbox> sandbox;
  RuntimeStart start;   // of the runtime that boots in it
  UniqueFd assignment;  // the worker's end; -1: no runtime boots in it
};

// Makes the sandbox and begins to boot the runtime, whose files lie below `runtimes_directory`.
absl::StatusOr<ParkedEnvironment> Park(const ParkedKind& kind, const std::string& sandbox_id,
                                       const std::string& runtimes_directory, SandboxFactory& sandboxes, Clock& clock);

// The function's code and limits. `function` has the id of its own; task and layers are read, and the runtime's
// directory where none is booted.
absl::Status AssignFunction(ParkedEnvironment& parked, SandboxSpec function, SandboxFactory& sandboxes);

// The runtime begins its INIT with these variables: the booted one, or one that is started now.
RuntimeStart BeginRuntime(ParkedEnvironment& parked, const RuntimeCommand& command, Clock& clock);

}  // namespace hearth::worker
