// FindInstalledRuntimes says which language runtimes this machine can start, and their exact versions.
//
// Shapes:  family as in runtime ids ("python", "nodejs", "provided"), version as the interpreter prints it ("3.11.2").
// Errors:  none: what is missing or does not answer is not in the list. "provided" always is.
// Threads: any; runs each interpreter once and waits, at most kVersionTimeout.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "proto/node.pb.h"

namespace hearth::worker {

inline constexpr std::chrono::seconds kVersionTimeout{10};

struct Interpreter {
  std::string family;
  std::string folder;  // below the runtimes directory
  std::string program;
};

// The interpreters that worker/runtimes' bootstraps name.
std::vector<Interpreter> ManagedInterpreters();

std::vector<node::InstalledRuntime> FindInstalledRuntimes(
    const std::string& runtimes_directory, const std::vector<Interpreter>& interpreters = ManagedInterpreters());

}  // namespace hearth::worker
