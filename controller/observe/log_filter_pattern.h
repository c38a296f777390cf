// LogFilterPattern is CloudWatch's pattern language for unstructured lines.
//
// Shapes:  terms separated by blanks, all of which must occur; "quoted phrases"; ?a ?b: any of them; -x: none of them.
//          Optional terms say nothing beside required ones, as on AWS. Matching is by substring and respects case.
// Errors:  InvalidArgument for JSON patterns ({ … }), field patterns ([ … ]), regular expressions (%…%), unclosed
//          quotes and too long patterns.
// Threads: a value type.
// Source:  CloudWatch Logs User Guide, "Filter pattern syntax".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace hearth::controller {

class LogFilterPattern {
 public:
  static constexpr size_t kMaxLength = 1024;

  LogFilterPattern() = default;  // matches everything
  static absl::StatusOr<LogFilterPattern> Parse(std::string_view text);

  bool Matches(std::string_view message) const;

 private:
  std::vector<std::string> required_;
  std::vector<std::string> optional_;
  std::vector<std::string> excluded_;
};

}  // namespace hearth::controller
