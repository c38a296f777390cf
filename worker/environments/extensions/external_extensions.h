// External extensions are the executable files of /opt/extensions: programs that run beside a function's runtime.
//
// Shapes:  names are file names, ascending; directories are the host's.
// Threads: any; looks at the file system.
// Source:  runtime.md §2.
#pragma once

#include <string>
#include <vector>

namespace hearth::worker {

// Of the layers, later ones cover earlier ones.
std::vector<std::string> ExternalExtensions(const std::vector<std::string>& layer_directories);

// What of the runtime's environment ("NAME=value") extensions are given.
std::vector<std::string> ExtensionEnvironment(const std::vector<std::string>& runtime_environment);

}  // namespace hearth::worker
