// SessionTraits are what a session carries besides its role: tags, which of them stay when another role is assumed, and
// who was the first of the chain.
//
// Errors:  AWS's, as AssumeRole answers them.
// Threads: one request, one thread.
// Limits:  kMaxTags, and kMaxBytes of keys and values together: the session token carries them with every request.
// Source:  IAM User Guide, "Pass session tags in AWS STS", "Monitor and control actions taken with assumed roles".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "controller/api/lambda/validation.h"
#include "controller/api/query/query_input.h"
#include "controller/auth/identity.h"

namespace hearth::controller {

struct SessionTraits {
  static constexpr size_t kMaxTags = 50;
  static constexpr size_t kMaxBytes = 4096;

  // What a request asks for: Tags, TransitiveTagKeys, SourceIdentity.
  static absl::StatusOr<SessionTraits> Read(const QueryInput& input, Validation& validation);
  // Whether keys, values and source identity are ones a session may have: for those that Read has not seen.
  bool AreWellFormed() const;
  // Refuses what is reserved, too much, or transitive keys of no tag.
  absl::Status Check() const;
  // Adds what the caller's own session passes on. Refuses to change any of it, and what is too much together.
  absl::Status Inherit(const Identity& caller);

  absl::Status CheckBounds() const;

  std::map<std::string, std::string> tags;
  std::vector<std::string> transitive_tag_keys;
  std::string source_identity;
  std::map<std::string, std::string> requested_tags;  // of `tags`: those the request named
};

}  // namespace hearth::controller
