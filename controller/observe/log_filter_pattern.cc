#include "controller/observe/log_filter_pattern.h"

#include <algorithm>

#include "common/errors.h"
#include "common/text_escape.h"

namespace hearth::controller {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void SkipBlanks(std::string_view& text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
}

absl::StatusOr<std::string> TakeQuoted(std::string_view& text) {
  std::string phrase;
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
    phrase += text.front();
    text.remove_prefix(1);
  }
  if (text.empty()) return absl::InvalidArgumentError("Invalid filter pattern: a quotation mark is not closed");
  text.remove_prefix(1);
  return phrase;
}

absl::StatusOr<std::string> TakeTerm(std::string_view& text) {
  if (!text.empty() && text.front() == '"') return TakeQuoted(text);
  std::string term;
  while (!text.empty() && !IsBlank(text.front()) && text.front() != '"') {
    term += text.front();
    text.remove_prefix(1);
  }
  if (term.empty()) return absl::InvalidArgumentError("Invalid filter pattern: a sign without a term");
  if (term.front() == '%') {
    return absl::InvalidArgumentError("Invalid filter pattern: regular expressions (%...%) are not supported here");
  }
  return term;
}

bool Holds(std::string_view message, const std::string& term) { return message.find(term) != std::string_view::npos; }

}  // namespace

absl::StatusOr<LogFilterPattern> LogFilterPattern::Parse(std::string_view text) {
  if (Utf16Length(text) > kMaxLength) {
    return absl::InvalidArgumentError("Invalid filter pattern: longer than 1024 characters");
  }
  LogFilterPattern pattern;
  SkipBlanks(text);
  if (text.starts_with('{')) {
    return absl::InvalidArgumentError("Invalid filter pattern: JSON patterns ({ ... }) are not supported here");
  }
  if (text.starts_with('[')) {
    return absl::InvalidArgumentError("Invalid filter pattern: field patterns ([ ... ]) are not supported here");
  }
  for (; !text.empty(); SkipBlanks(text)) {
    std::vector<std::string>* terms = &pattern.required_;
    if (text.front() == '?') terms = &pattern.optional_;
    if (text.front() == '-') terms = &pattern.excluded_;
    if (terms != &pattern.required_) text.remove_prefix(1);
    ASSIGN_OR_RETURN(std::string term, TakeTerm(text));
    terms->push_back(std::move(term));
  }
  return pattern;
}

bool LogFilterPattern::Matches(std::string_view message) const {
  const auto holds = [message](const std::string& term) { return Holds(message, term); };
  if (std::any_of(excluded_.begin(), excluded_.end(), holds)) return false;
  if (!required_.empty()) return std::all_of(required_.begin(), required_.end(), holds);
  return optional_.empty() || std::any_of(optional_.begin(), optional_.end(), holds);
}

}  // namespace hearth::controller
