// EnvironmentSpecs turns a function version into what a worker needs to make an environment of it.
//
// Errors:  the decryptor's, when the variables cannot be opened.
// Threads: any thread. Called on cold starts only: the variables are opened here and kept nowhere.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "common/sigv4.h"
#include "controller/scheduler/runtime_support.h"
#include "proto/node.pb.h"
#include "proto/records.pb.h"

namespace hearth::controller {

// The variables of a version in the clear.
using OpenVariables =
    std::function<absl::StatusOr<std::map<std::string, std::string>>(const records::FunctionVersion&)>;

// `served` is what serves the runtime now: a version that updates itself starts on it.
void NameRuntimeVersion(const ServedRuntime& served, const records::FunctionVersion& version,
                        node::EnvironmentSpec& spec);

absl::StatusOr<node::EnvironmentSpec> MakeEnvironmentSpec(const records::FunctionVersion& version,
                                                          const OpenVariables& open_variables);

// "arn:aws:lambda:REGION:ACCOUNT:function:NAME", without a version.
std::string FunctionArnOf(const records::FunctionVersion& version);
// Puts the credentials of the function's role into what the environment starts with.
void GiveCredentials(const SigV4Credentials& credentials, int64_t expires_ms, node::EnvironmentSpec& spec);

}  // namespace hearth::controller
