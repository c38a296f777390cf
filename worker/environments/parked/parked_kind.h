// ParkedKind says what an environment that waits for its function was made ready for, and which function it fits.
//
// Shapes:  names in settings: "provided", "python", "nodejs:512" (V8 sizes its heap when Node boots, so Node's kinds
//          differ by the function's memory).
// Errors:  InvalidArgument for a name that is none.
// Threads: pure.
// Source:  docs/decisions/0012.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/node.pb.h"

namespace hearth::worker {

struct ParkedKind {
  std::string
      runtime;        // the folder of the runtime that is booted in it; empty: a sandbox alone, good for every runtime
  int memory_mb = 0;  // of the function; 0: any
  auto operator<=>(const ParkedKind&) const = default;
};

// Best first; none where the function needs what parked sandboxes have not. The first is the kind to have more of.
std::vector<ParkedKind> KindsThatFit(const node::EnvironmentSpec& spec);

// A list with commas; empty: no kind.
absl::StatusOr<std::vector<ParkedKind>> ParseParkedKinds(std::string_view text);

std::string NameOf(const ParkedKind& kind);

}  // namespace hearth::worker
