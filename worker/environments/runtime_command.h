// ChooseRuntime decides what starts in an environment: the managed runtime's bootstrap, or the function's own.
//
// Shapes:  paths in `arguments` are the sandbox's; task_directory and layer_directories are the host's.
// Errors:  InvalidArgument for a runtime id that is none; a missing bootstrap is a value (the function fails, not
// Hearth). Threads: any; looks at the file system. Source:  semantics.md §5 "Bootstrap search".
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/environments/runtime_failure.h"

namespace hearth::worker {

inline constexpr char kManagedBootstrap[] = "/var/runtime/bootstrap";  // of every managed runtime, inside

struct RuntimeChoice {
  std::string runtime_directory;  // host directory for /var/runtime; empty for custom runtimes
  std::string bootstrap;          // path inside the sandbox; empty: `failure` says why there is none
  std::optional<RuntimeFailure> failure;
};

// `runtimes_directory` holds python/ and node/; of the layers, later ones cover earlier ones.
absl::StatusOr<RuntimeChoice> ChooseRuntime(const std::string& runtime, const std::string& runtimes_directory,
                                            const std::string& task_directory,
                                            const std::vector<std::string>& layer_directories);

// Whether `name` in `directory` is an executable regular file. Links are followed as far as they stay inside: the tree
// came out of a customer's archive.
bool HasExecutable(const std::string& directory, const char* name);

}  // namespace hearth::worker
