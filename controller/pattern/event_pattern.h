// EventPattern says whether an event is one of those a rule or a mapping asks for.
//
// Shapes:  a pattern is a JSON object: fields must all match, one of a field's alternatives does; "$or" joins patterns.
//          Keys are joined with ".": {"a":{"b":[…]}} and {"a.b":[…]} are one. Fields below one array must be matched by
//          one of its elements.
// Errors:  InvalidArgument with EventBridge's reason.
// Threads: immutable.
// Limits:  kMaxBytes, kMaxCombinations of "$or"; what takes more than kMaxSteps counts as a match.
// Source:  EventBridge User Guide, "Event pattern syntax".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "controller/pattern/value_match.h"

namespace hearth::controller {

class EventPattern {
 public:
  static constexpr size_t kMaxBytes = 4096;
  static constexpr size_t kMaxCombinations = 1000;
  static constexpr size_t kMaxSteps = 100'000;

  static absl::StatusOr<EventPattern> Parse(std::string_view json);

  bool Matches(const Json& event) const;

 private:
  // A path and its alternatives; a rule is fields that must all match, a pattern is rules one of which must.
  using Rule = std::map<std::string, std::vector<ValueMatch>>;
  static absl::StatusOr<std::vector<Rule>> CompileObject(const Json& object, const std::string& prefix);
  static absl::StatusOr<std::vector<Rule>> CompileField(const std::string& path, const Json& value);
  static absl::StatusOr<std::vector<Rule>> CompileOr(const Json& branches, const std::string& prefix);
  static absl::Status Multiply(std::vector<Rule>& rules, const std::vector<Rule>& by);

  std::vector<Rule> rules_;
};

}  // namespace hearth::controller
