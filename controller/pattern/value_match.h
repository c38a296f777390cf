// ValueMatch is one alternative of an event pattern's field: a value, or an operator on values.
//
// Shapes:  numbers are equal when their values are; strings are compared byte by byte, without case as ASCII.
// Errors:  InvalidArgument with EventBridge's reason.
// Threads: immutable.
// Source:  EventBridge User Guide, "Comparison operators for use in event patterns".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/io/json.h"

namespace hearth::controller {

class ValueMatch {
 public:
  // `alternative` is an element of the field's array.
  static absl::StatusOr<ValueMatch> Compile(const Json& alternative);

  // {"exists": false} is asked for fields that are not there, every other for those that are.
  bool wants_absence() const { return kind_ == Kind::kAbsent; }
  bool Matches(const Json& value) const;

 private:
  enum class Kind {
    kEqual,
    kPrefix,
    kSuffix,
    kIgnoreCase,
    kWildcard,
    kNumeric,
    kCidr,
    kPresent,
    kAbsent,
    kAnythingBut,
  };

  static absl::StatusOr<ValueMatch> CompileOperator(const std::string& name, const Json& operand);
  static absl::StatusOr<ValueMatch> CompileAffix(Kind kind, const Json& operand, std::string_view name);
  static absl::StatusOr<ValueMatch> CompileText(Kind kind, const Json& operand, std::string_view name);
  static absl::StatusOr<ValueMatch> CompileWildcard(const Json& operand);
  static absl::StatusOr<ValueMatch> CompileNumeric(const Json& operand);
  static absl::StatusOr<ValueMatch> CompileCidr(const Json& operand);
  static absl::StatusOr<ValueMatch> CompileAnythingBut(const Json& operand);
  static absl::StatusOr<ValueMatch> CompileAnythingButOperator(const std::string& name, const Json& operand);
  bool MatchesText(std::string_view text) const;
  bool MatchesNumber(double number) const;
  bool MatchesAddress(std::string_view text) const;

  Kind kind_ = Kind::kEqual;
  Json value_;        // kEqual
  std::string text_;  // of the operators on strings; lower case with ignore_case_
  bool ignore_case_ = false;
  std::optional<double> above_, below_;  // kNumeric
  bool above_too_ = false, below_too_ = false;
  std::string network_;  // kCidr: 4 or 16 bytes
  int prefix_bits_ = 0;
  std::vector<ValueMatch> but_;  // kAnythingBut: none of these
};

}  // namespace hearth::controller
