#include "controller/auth/policy/policy_pattern.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "common/errors.h"

namespace hearth::controller {
namespace {

constexpr uint16_t kAnyRun = 256;
constexpr uint16_t kAnyRunInPart = 257;  // of anything but a colon
constexpr uint16_t kAnyOne = 258;
constexpr uint16_t kAnyOneInPart = 259;
constexpr uint16_t kFirstVariable = 512;
constexpr size_t kMaxVariables = 100;
constexpr int kColonsOfArn = 5;
constexpr size_t kNowhere = static_cast<size_t>(-1);

uint16_t ByteSymbol(char c) { return static_cast<unsigned char>(c); }

bool MatchesOne(uint16_t symbol, char c, bool ignore_case) {
  if (symbol == kAnyOne) return true;
  if (symbol == kAnyOneInPart) return c != ':';
  return symbol == ByteSymbol(ignore_case ? absl::ascii_tolower(static_cast<unsigned char>(c)) : c);
}

absl::Status BadVariable(std::string_view rest) {
  return absl::InvalidArgumentError(fmt::format("Invalid policy variable: {}", rest.substr(0, 80)));
}

std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

absl::StatusOr<PolicyPattern> PolicyPattern::Compile(std::string_view text, Options options) {
  PolicyPattern pattern;
  pattern.options_ = options;
  for (size_t i = 0; i < text.size(); ++i) {
    if (options.variables && text.substr(i).starts_with("${")) {
      ASSIGN_OR_RETURN(const size_t length, pattern.CompileVariable(text.substr(i)));
      i += length - 1;
      continue;
    }
    pattern.symbols_.push_back(pattern.WildcardAt(text, i));
  }
  return pattern;
}

// Returns how much of `rest`, which begins with "${", the variable takes.
absl::StatusOr<size_t> PolicyPattern::CompileVariable(std::string_view rest) {
  const size_t end = rest.find('}');
  if (end == std::string_view::npos) return BadVariable(rest);
  std::string_view name = rest.substr(2, end - 2);
  if (name == "*" || name == "?" || name == "$") {
    symbols_.push_back(ByteSymbol(name[0]));
    return end + 1;
  }
  Variable variable;
  if (const size_t comma = name.find(','); comma != std::string_view::npos) {
    const std::string_view quoted = Trim(name.substr(comma + 1));
    if (quoted.size() < 2 || !quoted.starts_with('\'') || !quoted.ends_with('\'')) return BadVariable(rest);
    variable.fallback = std::string(quoted.substr(1, quoted.size() - 2));
    name = Trim(name.substr(0, comma));
  }
  if (name.find(':') == std::string_view::npos || name.find_first_of("${' ") != std::string_view::npos) {
    return BadVariable(rest);
  }
  variable.key = absl::AsciiStrToLower(std::string(name));
  if (variables_.size() == kMaxVariables) return absl::InvalidArgumentError("Too many policy variables in one value.");
  symbols_.push_back(static_cast<Symbol>(kFirstVariable + variables_.size()));
  variables_.push_back(std::move(variable));
  return end + 1;
}

PolicyPattern::Symbol PolicyPattern::WildcardAt(std::string_view text, size_t index) const {
  const char c = text[index];
  if (options_.form != Form::kLiteral && c == '*') {
    const bool ends_part = index + 1 == text.size() || text[index + 1] == ':';
    return options_.form == Form::kResource && !ends_part ? kAnyRunInPart : kAnyRun;
  }
  if (options_.form != Form::kLiteral && c == '?') return options_.form == Form::kResource ? kAnyOneInPart : kAnyOne;
  return ByteSymbol(options_.ignore_case ? absl::ascii_tolower(static_cast<unsigned char>(c)) : c);
}

bool PolicyPattern::Matches(std::string_view text, const ConditionKeys& keys) const {
  if (variables_.empty()) return MatchesSymbols(symbols_, text);
  Expanded expanded;
  return Expand(keys, expanded) && MatchesSymbols({expanded.data(), expanded.size()}, text);
}

bool PolicyPattern::Expand(const ConditionKeys& keys, Expanded& symbols) const {
  for (const Symbol symbol : symbols_) {
    if (symbol < kFirstVariable) {
      symbols.push_back(symbol);
      continue;
    }
    const Variable& variable = variables_[symbol - kFirstVariable];
    ConditionValues values;
    keys.Find(variable.key, values);
    if (values.size() != 1) {
      if (!variable.fallback || !values.empty()) return false;
      values.assign(1, *variable.fallback);
    }
    for (const char c : values[0]) {
      symbols.push_back(ByteSymbol(options_.ignore_case ? absl::ascii_tolower(static_cast<unsigned char>(c)) : c));
    }
  }
  return true;
}

bool PolicyPattern::MatchesSymbols(std::span<const Symbol> symbols, std::string_view text) const {
  return options_.form == Form::kArn ? MatchesArn(symbols, text) : MatchesGlob(symbols, text);
}

// The last '*' passed is stretched when what follows it fails; one that may not cross a colon hands back to the last
// that may. Earlier ones need no stretching: what they could gain, a later one has tried.
bool PolicyPattern::MatchesGlob(std::span<const Symbol> symbols, std::string_view text) const {
  struct Retry {
    size_t symbol = kNowhere;  // the one after the '*'
    size_t text = 0;           // where the '*' ends
  };
  Retry wide, narrow;
  size_t s = 0, t = 0;
  while (t < text.size() || s < symbols.size()) {
    if (s < symbols.size() && symbols[s] == kAnyRun) {
      wide = {++s, t};
      narrow = {};
    } else if (s < symbols.size() && symbols[s] == kAnyRunInPart) {
      narrow = {++s, t};
    } else if (s < symbols.size() && t < text.size() && MatchesOne(symbols[s], text[t], options_.ignore_case)) {
      ++s, ++t;
    } else if (narrow.symbol != kNowhere && narrow.text < text.size() && text[narrow.text] != ':') {
      s = narrow.symbol;
      t = ++narrow.text;
    } else if (wide.symbol != kNowhere && wide.text < text.size()) {
      s = wide.symbol;
      t = ++wide.text;
      narrow = {};
    } else {
      return false;
    }
  }
  return true;
}

bool PolicyPattern::MatchesArn(std::span<const Symbol> symbols, std::string_view text) const {
  if (symbols.size() == 1 && symbols[0] == kAnyRun) return true;
  for (int part = 0; part < kColonsOfArn; ++part) {
    const auto pattern_colon = std::find(symbols.begin(), symbols.end(), ByteSymbol(':'));
    const size_t text_colon = text.find(':');
    if (pattern_colon == symbols.end() || text_colon == std::string_view::npos) return false;
    const auto pattern_size = static_cast<size_t>(pattern_colon - symbols.begin());
    if (!MatchesGlob(symbols.first(pattern_size), text.substr(0, text_colon))) return false;
    symbols = symbols.subspan(pattern_size + 1);
    text.remove_prefix(text_colon + 1);
  }
  return MatchesGlob(symbols, text);
}

}  // namespace hearth::controller
