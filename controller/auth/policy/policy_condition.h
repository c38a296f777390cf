// PolicyCondition is one line of a Condition element: an operator, a key and the values it is compared with.
//
// Shapes:  operators are AWS's, with "ForAllValues:", "ForAnyValue:" before and "IfExists" behind.
// Errors:  InvalidArgument for an operator nobody knows, a key without a prefix, a value of another type.
// Threads: a value type.
// Source:  IAM User Guide, "IAM JSON policy elements: Condition operators", "Multivalued context keys". A missing key
//          fails a positive operator and satisfies a negated one; "IfExists" and "Null" judge the absence itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "controller/auth/policy/condition_keys.h"
#include "controller/auth/policy/condition_values.h"
#include "controller/auth/policy/policy_pattern.h"

namespace hearth::controller {

class PolicyCondition {
 public:
  static constexpr size_t kMaxValues = 500;

  // `values`: a text, number or truth value, or a list of them. `variables`: of a document that has them.
  static absl::StatusOr<PolicyCondition> Compile(std::string_view name, std::string_view key, const Json& values,
                                                 bool variables);

  bool Holds(const ConditionKeys& keys) const;

 private:
  enum class Family { kString, kNumeric, kDate, kBool, kBinary, kIpAddress, kArn, kNull };
  enum class Relation { kEquals, kLess, kLessEquals, kGreater, kGreaterEquals };
  enum class Set { kNone, kForAllValues, kForAnyValue };
  struct Operator {
    std::string_view name;
    Family family;
    Relation relation = Relation::kEquals;
    bool negated = false;
    PolicyPattern::Form form = PolicyPattern::Form::kLiteral;
    bool ignore_case = false;
  };
  struct Bytes {
    std::string bytes;
  };
  using Operand = std::variant<PolicyPattern, double, int64_t, bool, Bytes, IpNetwork>;

  static const Operator kOperators[];
  static const Operator* FindOperator(std::string_view name);
  absl::Status CompileOperand(const Json& value, bool variables);
  // Whether one value of the request is in the wanted relation to at least one of the policy's.
  bool MatchesAny(std::string_view value, const ConditionKeys& keys) const;
  bool Compare(auto left, auto right) const;
  bool Satisfied(std::string_view value, const ConditionKeys& keys) const {
    return MatchesAny(value, keys) != op_->negated;
  }

  const Operator* op_ = nullptr;
  Set set_ = Set::kNone;
  bool if_exists_ = false;
  std::string key_;  // lower case
  std::vector<Operand> operands_;
};

}  // namespace hearth::controller
