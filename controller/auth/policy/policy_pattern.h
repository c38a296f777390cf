// PolicyPattern is one text of a policy (an action, an ARN, a condition's value) compiled for matching.
//
// Shapes:  '*' and '?' are wildcards where the element has them; "${aws:username}" and "${key, 'default'}" are
//          variables, "${*}", "${?}" and "${$}" the characters themselves. What a variable stands for is literal text.
// Errors:  InvalidArgument for a variable that is not written so. A variable whose key the request does not carry once,
//          and which has no default, matches nothing.
// Threads: a value type; Matches allocates only for variables of long texts.
// Source:  IAM User Guide, "IAM policy elements: Variables and tags", "IAM JSON policy elements: Resource".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "controller/auth/policy/condition_keys.h"

namespace hearth::controller {

class PolicyPattern {
 public:
  enum class Form {
    kLiteral,   // no wildcards
    kGlob,      // '*' crosses everything
    kResource,  // of a resource's ARN: only a '*' that ends a part crosses colons
    kArn,       // an ARN operator's: each of the six parts is compared alone
  };
  struct Options {
    Form form = Form::kLiteral;
    bool variables = false;
    bool ignore_case = false;
  };

  static absl::StatusOr<PolicyPattern> Compile(std::string_view text, Options options);

  bool Matches(std::string_view text, const ConditionKeys& keys) const;

 private:
  using Symbol = uint16_t;  // a byte, a wildcard or a variable
  using Expanded = absl::InlinedVector<Symbol, 256>;
  struct Variable {
    std::string key;  // lower case
    std::optional<std::string> fallback;
  };

  absl::StatusOr<size_t> CompileVariable(std::string_view rest);
  Symbol WildcardAt(std::string_view text, size_t index) const;
  bool Expand(const ConditionKeys& keys, Expanded& symbols) const;
  bool MatchesSymbols(std::span<const Symbol> symbols, std::string_view text) const;
  bool MatchesGlob(std::span<const Symbol> symbols, std::string_view text) const;
  bool MatchesArn(std::span<const Symbol> symbols, std::string_view text) const;

  Options options_;
  std::vector<Symbol> symbols_;
  std::vector<Variable> variables_;
};

}  // namespace hearth::controller
