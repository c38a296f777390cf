// Removes what workers cannot: the empty cgroup of a whole installation, above their own prefixes.
//
// Errors:  none; a group that still holds something stays, for the next start to clear.
// Threads: one.
#pragma once

#include <string>

namespace hearth::cli {

// `name` is one path component, such as "hearth-1a2b3c4d"; looked for in every mounted cgroup hierarchy, v1 and v2.
void RemoveEmptyCgroup(const std::string& name);

}  // namespace hearth::cli
