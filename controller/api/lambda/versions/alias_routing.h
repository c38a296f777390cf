// AliasRouting is the RoutingConfig of an alias: at most one additional version, and its share of the invocations.
//
// Errors:  broken constraints go into the Validation, in the words AWS has for maps; more than one entry is an
//          InvalidParameterValueException.
// Threads: value type.
// Source:  api.md §3; errors.tsv "Aliases"; semantics.md §2, weighted alias.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/validation.h"
#include "proto/records.pb.h"

namespace hearth::controller {

struct AliasRouting {
  std::vector<std::pair<std::string, double>> weights;  // as sent
};

// nullopt when the request leaves the routing as it is.
std::optional<AliasRouting> ReadAliasRouting(BodyReader& body, Validation& validation);
// Puts the routing into `alias`; an empty one removes what was there.
absl::Status ApplyAliasRouting(const AliasRouting& routing, records::Alias& alias);
// What AWS forbids of an alias with two versions, before it looks for them.
absl::Status CheckAliasTargets(const records::Alias& alias);
// Both versions must run as the same role and have the same dead-letter queue, or none.
absl::Status CheckAlike(const records::FunctionVersion& main, const records::FunctionVersion& additional);

// "2.0", "0.25", "1.0E-4": as Java prints a double, which is how AWS shows it.
std::string ShowJavaDouble(double value);

}  // namespace hearth::controller
