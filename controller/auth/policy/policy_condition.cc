#include "controller/auth/policy/policy_condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "common/crypto.h"
#include "common/errors.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxKeyBytes = 512;

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// A value as the text it is compared as; nullopt for a list, an object or null.
std::optional<std::string> TextOf(const Json& value) {
  if (value.is_string()) return value.as_string();
  if (value.is_bool() || value.is_number()) return value.Dump();
  return std::nullopt;
}

}  // namespace

// clang-format off
const PolicyCondition::Operator PolicyCondition::kOperators[] = {
    {.name = "StringEquals", .family = Family::kString},
    {.name = "StringNotEquals", .family = Family::kString, .negated = true},
    {.name = "StringEqualsIgnoreCase", .family = Family::kString, .ignore_case = true},
    {.name = "StringNotEqualsIgnoreCase", .family = Family::kString, .negated = true, .ignore_case = true},
    {.name = "StringLike", .family = Family::kString, .form = PolicyPattern::Form::kGlob},
    {.name = "StringNotLike", .family = Family::kString, .negated = true, .form = PolicyPattern::Form::kGlob},
    {.name = "NumericEquals", .family = Family::kNumeric},
    {.name = "NumericNotEquals", .family = Family::kNumeric, .negated = true},
    {.name = "NumericLessThan", .family = Family::kNumeric, .relation = Relation::kLess},
    {.name = "NumericLessThanEquals", .family = Family::kNumeric, .relation = Relation::kLessEquals},
    {.name = "NumericGreaterThan", .family = Family::kNumeric, .relation = Relation::kGreater},
    {.name = "NumericGreaterThanEquals", .family = Family::kNumeric, .relation = Relation::kGreaterEquals},
    {.name = "DateEquals", .family = Family::kDate},
    {.name = "DateNotEquals", .family = Family::kDate, .negated = true},
    {.name = "DateLessThan", .family = Family::kDate, .relation = Relation::kLess},
    {.name = "DateLessThanEquals", .family = Family::kDate, .relation = Relation::kLessEquals},
    {.name = "DateGreaterThan", .family = Family::kDate, .relation = Relation::kGreater},
    {.name = "DateGreaterThanEquals", .family = Family::kDate, .relation = Relation::kGreaterEquals},
    {.name = "Bool", .family = Family::kBool},
    {.name = "BinaryEquals", .family = Family::kBinary},
    {.name = "IpAddress", .family = Family::kIpAddress},
    {.name = "NotIpAddress", .family = Family::kIpAddress, .negated = true},
    {.name = "ArnEquals", .family = Family::kArn, .form = PolicyPattern::Form::kArn},
    {.name = "ArnLike", .family = Family::kArn, .form = PolicyPattern::Form::kArn},
    {.name = "ArnNotEquals", .family = Family::kArn, .negated = true, .form = PolicyPattern::Form::kArn},
    {.name = "ArnNotLike", .family = Family::kArn, .negated = true, .form = PolicyPattern::Form::kArn},
    {.name = "Null", .family = Family::kNull},
};
// clang-format on

const PolicyCondition::Operator* PolicyCondition::FindOperator(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kOperators), std::end(kOperators), [&](const Operator& op) { return op.name == name; });
  return found == std::end(kOperators) ? nullptr : found;
}

absl::StatusOr<PolicyCondition> PolicyCondition::Compile(std::string_view name, std::string_view key,
                                                         const Json& values, bool variables) {
  PolicyCondition condition;
  std::string_view rest = name;
  if (TakePrefix(rest, "ForAllValues:")) condition.set_ = Set::kForAllValues;
  if (condition.set_ == Set::kNone && TakePrefix(rest, "ForAnyValue:")) condition.set_ = Set::kForAnyValue;
  if (rest.ends_with("IfExists")) {
    condition.if_exists_ = true;
    rest.remove_suffix(std::string_view("IfExists").size());
  }
  condition.op_ = FindOperator(rest);
  const bool null_with_more = condition.op_ != nullptr && condition.op_->family == Family::kNull && rest != name;
  if (condition.op_ == nullptr || null_with_more) {
    return absl::InvalidArgumentError(fmt::format("Invalid Condition type : {}", name.substr(0, 80)));
  }
  const size_t colon = key.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == key.size() || key.size() > kMaxKeyBytes) {
    return absl::InvalidArgumentError(fmt::format(
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.: {}", key.substr(0, 80)));
  }
  condition.key_ = absl::AsciiStrToLower(std::string(key));
  if (!values.is_array()) {
    RETURN_IF_ERROR(condition.CompileOperand(values, variables));
    return condition;
  }
  if (values.as_array().size() > kMaxValues) return absl::InvalidArgumentError("A condition has too many values.");
  for (const Json& value : values.as_array()) RETURN_IF_ERROR(condition.CompileOperand(value, variables));
  return condition;
}

absl::Status PolicyCondition::CompileOperand(const Json& value, bool variables) {
  const std::optional<std::string> text = TextOf(value);
  const auto invalid = [&] {
    return absl::InvalidArgumentError(
        fmt::format("Invalid value in the condition {} of {}: {}", op_->name, key_, value.Dump().substr(0, 80)));
  };
  const auto add = [&](auto parsed) -> absl::Status {
    if (!parsed) return invalid();
    operands_.emplace_back(*std::move(parsed));
    return absl::OkStatus();
  };
  if (!text) return invalid();
  switch (op_->family) {
    case Family::kString:
    case Family::kArn: {
      ASSIGN_OR_RETURN(
          PolicyPattern pattern,
          PolicyPattern::Compile(*text, {.form = op_->form, .variables = variables, .ignore_case = op_->ignore_case}));
      operands_.emplace_back(std::move(pattern));
      return absl::OkStatus();
    }
    case Family::kNumeric:
      return add(ParseConditionNumber(*text));
    case Family::kDate:
      return add(ParseConditionDate(*text));
    case Family::kBool:
    case Family::kNull:
      return add(ParseConditionBool(*text));
    case Family::kBinary: {
      std::optional<std::string> bytes = Base64Decode(*text);
      if (!bytes) return invalid();
      operands_.emplace_back(Bytes{*std::move(bytes)});
      return absl::OkStatus();
    }
    case Family::kIpAddress:
      return add(IpNetwork::Parse(*text));
  }
  return invalid();
}

bool PolicyCondition::Holds(const ConditionKeys& keys) const {
  ConditionValues values;
  keys.Find(key_, values);
  if (op_->family == Family::kNull) {
    return std::any_of(operands_.begin(), operands_.end(),
                       [&](const Operand& wanted) { return std::get<bool>(wanted) == values.empty(); });
  }
  const auto satisfied = [&](std::string_view value) { return Satisfied(value, keys); };
  switch (set_) {
    case Set::kForAllValues:  // true of nothing, as AWS warns
      return std::all_of(values.begin(), values.end(), satisfied);
    case Set::kForAnyValue:  // false of nothing, with IfExists too
      return std::any_of(values.begin(), values.end(), satisfied);
    case Set::kNone:
      break;
  }
  if (values.empty()) return if_exists_ || op_->negated;
  // Several values without a set operator: a positive one looks for one that matches, a negated one for none that does.
  return op_->negated ? std::all_of(values.begin(), values.end(), satisfied)
                      : std::any_of(values.begin(), values.end(), satisfied);
}

bool PolicyCondition::Compare(auto left, auto right) const {
  switch (op_->relation) {
    case Relation::kEquals:
      return left == right;
    case Relation::kLess:
      return left < right;
    case Relation::kLessEquals:
      return left <= right;
    case Relation::kGreater:
      return left > right;
    case Relation::kGreaterEquals:
      return left >= right;
  }
  return false;
}

bool PolicyCondition::MatchesAny(std::string_view value, const ConditionKeys& keys) const {
  const auto any = [&](auto&& matches) { return std::any_of(operands_.begin(), operands_.end(), matches); };
  switch (op_->family) {
    case Family::kString:
    case Family::kArn:
      return any([&](const Operand& wanted) { return std::get<PolicyPattern>(wanted).Matches(value, keys); });
    case Family::kNumeric: {
      const std::optional<double> number = ParseConditionNumber(value);
      return number && any([&](const Operand& wanted) { return Compare(*number, std::get<double>(wanted)); });
    }
    case Family::kDate: {
      const std::optional<int64_t> date = ParseConditionDate(value);
      return date && any([&](const Operand& wanted) { return Compare(*date, std::get<int64_t>(wanted)); });
    }
    case Family::kBool: {
      const std::optional<bool> truth = ParseConditionBool(value);
      return truth && any([&](const Operand& wanted) { return *truth == std::get<bool>(wanted); });
    }
    case Family::kBinary: {
      const std::optional<std::string> bytes = Base64Decode(value);
      return bytes && any([&](const Operand& wanted) { return *bytes == std::get<Bytes>(wanted).bytes; });
    }
    case Family::kIpAddress: {
      const std::optional<IpNetwork> address = IpNetwork::Parse(value);
      return address && any([&](const Operand& wanted) { return std::get<IpNetwork>(wanted).Contains(*address); });
    }
    case Family::kNull:
      return false;
  }
  return false;
}

}  // namespace hearth::controller
