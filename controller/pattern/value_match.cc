#include "controller/pattern/value_match.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "common/errors.h"

namespace hearth::controller {
namespace {

constexpr double kLargestNumber = 5.0e9;
constexpr char kIgnoreCaseName[] = "equals-ignore-case";
constexpr size_t kIpv4Bytes = 4;
constexpr size_t kIpv6Bytes = 16;

absl::Status Invalid(std::string_view reason) {
  return absl::InvalidArgumentError(absl::string_view(reason.data(), reason.size()));
}

std::string Lower(std::string_view text) { return absl::AsciiStrToLower({text.data(), text.size()}); }

// The one member of an operator's object; nullptr when it has none or several.
const Json::Member* OnlyMember(const Json& object) {
  return object.is_object() && object.as_object().size() == 1 ? &object.as_object().front() : nullptr;
}

// Four or sixteen bytes; empty for what is no address.
std::string AddressOf(const std::string& text) {
  std::string bytes(kIpv6Bytes, '\0');
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return bytes.substr(0, kIpv4Bytes);
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  return "";
}

// '*' stands for any characters; "\*" and "\\" for themselves. Linear but for backing up to the last '*'.
bool MatchesWildcard(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    const bool escaped = p < pattern.size() && pattern[p] == '\\' && p + 1 < pattern.size();
    const size_t literal = escaped ? p + 1 : p;
    if (!escaped && p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (literal < pattern.size() && pattern[literal] == text[t]) {
      p = literal + 1;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

absl::StatusOr<ValueMatch> ValueMatch::Compile(const Json& alternative) {
  if (alternative.is_array()) return Invalid("Arrays inside arrays are not allowed");
  if (!alternative.is_object()) {
    ValueMatch match;
    match.value_ = alternative;
    return match;
  }
  const Json::Member* member = OnlyMember(alternative);
  if (member == nullptr) return Invalid("Only one key allowed in match expression");
  return CompileOperator(member->first, member->second);
}

absl::StatusOr<ValueMatch> ValueMatch::CompileOperator(const std::string& name, const Json& operand) {
  if (name == "prefix") return CompileAffix(Kind::kPrefix, operand, name);
  if (name == "suffix") return CompileAffix(Kind::kSuffix, operand, name);
  if (name == kIgnoreCaseName) return CompileText(Kind::kIgnoreCase, operand, name);
  if (name == "wildcard") return CompileWildcard(operand);
  if (name == "numeric") return CompileNumeric(operand);
  if (name == "cidr") return CompileCidr(operand);
  if (name == "anything-but") return CompileAnythingBut(operand);
  if (name != "exists") return Invalid(fmt::format("Unrecognized match type {}", name));
  if (!operand.is_bool()) return Invalid("exists match pattern must be either true or false.");
  ValueMatch match;
  match.kind_ = operand.as_bool() ? Kind::kPresent : Kind::kAbsent;
  return match;
}

absl::StatusOr<ValueMatch> ValueMatch::CompileText(Kind kind, const Json& operand, std::string_view name) {
  if (!operand.is_string()) return Invalid(fmt::format("{} match pattern must be a string", name));
  ValueMatch match;
  match.kind_ = kind;
  match.ignore_case_ = kind == Kind::kIgnoreCase;
  match.text_ = match.ignore_case_ ? Lower(operand.as_string()) : operand.as_string();
  return match;
}

absl::StatusOr<ValueMatch> ValueMatch::CompileAffix(Kind kind, const Json& operand, std::string_view name) {
  const Json::Member* member = OnlyMember(operand);
  if (member == nullptr || member->first != kIgnoreCaseName) return CompileText(kind, operand, name);
  ASSIGN_OR_RETURN(ValueMatch match, CompileText(kind, member->second, name));
  match.ignore_case_ = true;
  match.text_ = Lower(match.text_);
  return match;
}

absl::StatusOr<ValueMatch> ValueMatch::CompileWildcard(const Json& operand) {
  ASSIGN_OR_RETURN(ValueMatch match, CompileText(Kind::kWildcard, operand, "wildcard"));
  for (size_t i = 0; i + 1 < match.text_.size(); ++i) {
    if (match.text_[i] == '\\') {
      ++i;
    } else if (match.text_[i] == '*' && match.text_[i + 1] == '*') {
      return Invalid(fmt::format("Consecutive wildcard characters at pos {}", i));
    }
  }
  return match;
}

absl::StatusOr<ValueMatch> ValueMatch::CompileNumeric(const Json& operand) {
  if (!operand.is_array()) return Invalid("Value of numeric must be an array.");
  const Json::Array& terms = operand.as_array();
  if (terms.empty() || terms.size() % 2 != 0 || terms.size() > 4)
    return Invalid("Too many or too few terms in numeric range expression");
  ValueMatch match;
  match.kind_ = Kind::kNumeric;
  for (size_t i = 0; i < terms.size(); i += 2) {
    if (!terms[i].is_string()) return Invalid("Invalid member in numeric match expression");
    const std::string& relation = terms[i].as_string();
    if (!terms[i + 1].is_number()) return Invalid(fmt::format("Value of {} must be numeric", relation));
    const double bound = terms[i + 1].as_number();
    if (bound < -kLargestNumber || bound > kLargestNumber)
      return Invalid(fmt::format("Value of {} must be between -5.0e9 and 5.0e9, inclusive", relation));
    const bool lower = relation == ">" || relation == ">=";
    const bool upper = relation == "<" || relation == "<=";
    const bool equal = relation == "=";
    if ((!lower && !upper && !equal) || (equal && terms.size() != 2) || (i == 0 && upper && terms.size() > 2) ||
        (i > 0 && !upper)) {
      return Invalid(fmt::format("Bad numeric range operator: {}", relation));
    }
    if (lower || equal) {
      match.above_ = bound;
      match.above_too_ = relation != ">";
    }
    if (upper || equal) {
      match.below_ = bound;
      match.below_too_ = relation != "<";
    }
  }
  if (match.above_ && match.below_ && *match.above_ > *match.below_) return Invalid("Bottom must be less than top");
  return match;
}

absl::StatusOr<ValueMatch> ValueMatch::CompileCidr(const Json& operand) {
  if (!operand.is_string()) return Invalid("prefix match pattern must be a string");
  const std::string& text = operand.as_string();
  const size_t slash = text.find('/');
  if (slash == std::string::npos || text.find('/', slash + 1) != std::string::npos)
    return Invalid("Malformed CIDR, one '/' required");
  ValueMatch match;
  match.kind_ = Kind::kCidr;
  if (!absl::SimpleAtoi(text.substr(slash + 1), &match.prefix_bits_))
    return Invalid("Malformed CIDR, mask bits must be an integer");
  match.network_ = AddressOf(text.substr(0, slash));
  if (match.network_.empty()) return Invalid(fmt::format("Nonstandard IP address: {}", text.substr(0, slash)));
  if (match.prefix_bits_ < 0 || match.prefix_bits_ > static_cast<int>(8 * match.network_.size()))
    return Invalid("Malformed CIDR, mask bits are out of range");
  return match;
}

absl::StatusOr<ValueMatch> ValueMatch::CompileAnythingBut(const Json& operand) {
  if (const Json::Member* member = OnlyMember(operand))
    return CompileAnythingButOperator(member->first, member->second);
  if (operand.is_object() || operand.is_null() || operand.is_bool())
    return Invalid("Value of anything-but must be an array or single string/number value.");
  ValueMatch match;
  match.kind_ = Kind::kAnythingBut;
  const Json::Array values = operand.is_array() ? operand.as_array() : Json::Array{operand};
  if (values.empty()) return Invalid("Empty arrays are not allowed");
  for (const Json& value : values) {
    if (!value.is_string() && !value.is_number())
      return Invalid("Inside anything but list, start|null|boolean is not supported.");
    if (value.is_string() != values.front().is_string())
      return Invalid("Inside anything but list, either all values are number or string, mixed type is not supported");
    ASSIGN_OR_RETURN(ValueMatch one, Compile(value));
    match.but_.push_back(std::move(one));
  }
  return match;
}

absl::StatusOr<ValueMatch> ValueMatch::CompileAnythingButOperator(const std::string& name, const Json& operand) {
  const bool affix = name == "prefix" || name == "suffix";
  if (!affix && name != kIgnoreCaseName && name != "wildcard")
    return Invalid(fmt::format("Unsupported anything-but pattern: {}", name));
  ValueMatch match;
  match.kind_ = Kind::kAnythingBut;
  const Json::Array values = operand.is_array() ? operand.as_array() : Json::Array{operand};
  if (values.empty()) return Invalid("Empty arrays are not allowed");
  for (const Json& value : values) {
    if (!value.is_string()) {
      if (affix && !operand.is_array()) return Invalid("prefix/suffix match pattern must be a string");
      return Invalid(fmt::format("Inside anything-but/{} list, number|start|null|boolean is not supported.", name));
    }
    if (affix && value.as_string().empty()) return Invalid("Null prefix/suffix not allowed");
    ASSIGN_OR_RETURN(ValueMatch one, CompileOperator(name, value));
    match.but_.push_back(std::move(one));
  }
  return match;
}

bool ValueMatch::Matches(const Json& value) const {
  switch (kind_) {
    case Kind::kPresent:
      return true;
    case Kind::kAbsent:
      return false;
    case Kind::kEqual:
      if (value_.is_number()) return value.is_number() && value.as_number() == value_.as_number();
      return value == value_;
    case Kind::kAnythingBut:
      for (const ValueMatch& one : but_) {
        if (one.Matches(value)) return false;
      }
      return true;
    case Kind::kNumeric:
      return value.is_number() && MatchesNumber(value.as_number());
    case Kind::kCidr:
      return value.is_string() && MatchesAddress(value.as_string());
    case Kind::kPrefix:
    case Kind::kSuffix:
    case Kind::kIgnoreCase:
    case Kind::kWildcard:
      if (!value.is_string()) return false;
      return ignore_case_ ? MatchesText(Lower(value.as_string())) : MatchesText(value.as_string());
  }
  return false;
}

bool ValueMatch::MatchesText(std::string_view text) const {
  if (kind_ == Kind::kPrefix) return text.starts_with(text_);
  if (kind_ == Kind::kSuffix) return text.ends_with(text_);
  if (kind_ == Kind::kWildcard) return MatchesWildcard(text_, text);
  return text == text_;
}

bool ValueMatch::MatchesNumber(double number) const {
  if (above_ && (number < *above_ || (number == *above_ && !above_too_))) return false;
  return !below_ || number < *below_ || (number == *below_ && below_too_);
}

bool ValueMatch::MatchesAddress(std::string_view text) const {
  const std::string address = AddressOf(std::string(text));
  if (address.size() != network_.size()) return false;
  for (int bit = 0; bit < prefix_bits_; ++bit) {
    const int mask = 0x80 >> (bit % 8);
    if ((address[bit / 8] & mask) != (network_[bit / 8] & mask)) return false;
  }
  return true;
}

}  // namespace hearth::controller
