// What the daemon asks of its own process: limits, its folder, and the signals that end it.
//
// Errors:  what the kernel says, with what was tried.
// Threads: the main thread, before any other is made.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hearth::controller {

// No core files and no reading of our memory by others of our user: it holds keys. Files we make are ours alone.
absl::Status ProtectProcess();
// Makes `directory` and what lies above it, ours alone (0700), unless it stands.
absl::Status MakeFolder(const std::string& directory);
// Becomes `user` for good and gives `directory` to them; does nothing when not root or `user` is empty.
absl::Status GiveUpRoot(const std::string& user, const std::string& directory);

// Blocks SIGTERM and SIGINT in this thread and all it makes later. Then WaitForStop takes them.
void BlockStopSignals();
// Whether a stop was asked for within `timeout`; nullopt waits for as long as it takes.
bool WaitForStop(std::optional<std::chrono::milliseconds> timeout);

// The folder of the running program.
absl::StatusOr<std::string> ProgramDirectory();
// The machine's architecture in Lambda's words: "x86_64" or "arm64".
absl::StatusOr<std::string> MachineArchitecture();

}  // namespace hearth::controller
