// ConditionKeys is what a request says about itself to the policies it is judged by.
//
// Shapes:  keys are asked for in lower case ("aws:sourcearn"); AWS's names do not tell cases apart.
// Threads: one request, one thread: Find may keep what it had to work out.
// Source:  IAM User Guide, "AWS global condition context keys".
#pragma once

#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"

namespace hearth::controller {

using ConditionValues = absl::InlinedVector<std::string_view, 4>;

class ConditionKeys {
 public:
  virtual ~ConditionKeys() = default;
  // Adds the key's values, which live as long as this object; none when the request does not carry it.
  virtual void Find(std::string_view lower_case_key, ConditionValues& values) const = 0;
};

}  // namespace hearth::controller
