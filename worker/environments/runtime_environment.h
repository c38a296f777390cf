// RuntimeEnvironment makes the environment variables a runtime process starts with.
//
// Shapes:  "NAME=value", sorted by name. The customer's variables yield to the platform's own and win over the
//          overridable defaults (PATH, LANG, NODE_PATH …).
// Threads: pure.
// Source:  semantics.md §5 "Environment variables". The credentials are those of the execution role.
#pragma once

#include <string>
#include <vector>

#include "proto/node.pb.h"

namespace hearth::worker {

// `offers_aws_api`: SDKs are told to ask for the AWS API where the Runtime API is.
std::vector<std::string> RuntimeEnvironment(const node::EnvironmentSpec& spec, const std::string& log_stream,
                                            bool offers_aws_api = false);

// What a runtime of this folder ("python", "node") boots with before its function is known; kAssignmentVariable says
// where it waits for the rest, which then takes the place of all this.
inline constexpr char kAssignmentVariable[] = "_HEARTH_ASSIGNMENT_FD";
std::vector<std::string> ParkedRuntimeEnvironment(const std::string& runtime_folder, int memory_mb);

}  // namespace hearth::worker
