#include "controller/pattern/event_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/errors.h"

namespace hearth::controller {
namespace {

constexpr char kOr[] = "$or";
constexpr std::string_view kOperators[] = {"prefix",  "suffix", "equals-ignore-case", "wildcard",
                                           "numeric", "cidr",   "anything-but",       "exists"};

absl::Status Invalid(std::string_view reason) {
  return absl::InvalidArgumentError(absl::string_view(reason.data(), reason.size()));
}

// "$or" joins patterns when it looks like that; else it is a field of this name.
bool JoinsPatterns(const Json& value) {
  if (!value.is_array() || value.as_array().size() < 2) return false;
  return std::all_of(value.as_array().begin(), value.as_array().end(), [](const Json& branch) {
    if (!branch.is_object() || branch.as_object().empty()) return false;
    return std::none_of(branch.as_object().begin(), branch.as_object().end(), [](const Json::Member& member) {
      return std::find(std::begin(kOperators), std::end(kOperators), member.first) != std::end(kOperators);
    });
  });
}

// Which element of which array a value lies in: arrays are numbered as they are met.
using Elements = std::map<size_t, size_t>;

struct EventField {
  const Json* value;
  Elements elements;
};

// Every value of an event that is no object and no array, by its path.
class EventFields {
 public:
  explicit EventFields(const Json& event) { Add(event, "", {}); }

  const std::vector<EventField>* Find(const std::string& path) const {
    const auto found = fields_.find(path);
    return found == fields_.end() ? nullptr : &found->second;
  }

 private:
  void Add(const Json& value, const std::string& path, const Elements& elements) {
    if (value.is_object()) {
      for (const auto& [key, member] : value.as_object())
        Add(member, path.empty() ? key : fmt::format("{}.{}", path, key), elements);
      return;
    }
    if (!value.is_array()) return fields_[path].push_back({&value, elements});
    const size_t array = arrays_++;
    for (size_t i = 0; i < value.as_array().size(); ++i) {
      Elements inside = elements;
      inside[array] = i;
      Add(value.as_array()[i], path, inside);
    }
  }

  std::map<std::string, std::vector<EventField>> fields_;
  size_t arrays_ = 0;
};

// Adds where a value lies; false when another was found in another element of the same array.
bool Join(const Elements& more, Elements& elements) {
  for (const auto& [array, index] : more) {
    const auto [it, added] = elements.emplace(array, index);
    if (!added && it->second != index) return false;
  }
  return true;
}

template <class Iterator>
bool MatchesFrom(Iterator field, Iterator end, const EventFields& fields, const Elements& elements, size_t& steps) {
  if (field == end) return true;
  const std::vector<ValueMatch>& alternatives = field->second;
  const std::vector<EventField>* candidates = fields.Find(field->first);
  if (candidates == nullptr) {
    const bool absent = std::any_of(alternatives.begin(), alternatives.end(),
                                    [](const ValueMatch& match) { return match.wants_absence(); });
    return absent && MatchesFrom(std::next(field), end, fields, elements, steps);
  }
  for (const EventField& candidate : *candidates) {
    if (++steps > EventPattern::kMaxSteps) return true;  // not judged: better run than deleted
    const bool matches = std::any_of(alternatives.begin(), alternatives.end(),
                                     [&](const ValueMatch& match) { return match.Matches(*candidate.value); });
    Elements joined = elements;
    if (!matches || !Join(candidate.elements, joined)) continue;
    if (MatchesFrom(std::next(field), end, fields, joined, steps)) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<EventPattern> EventPattern::Parse(std::string_view json) {
  if (json.size() > kMaxBytes) return Invalid("Event pattern is too long");
  ASSIGN_OR_RETURN(const Json parsed, Json::Parse(json));
  if (!parsed.is_object()) return Invalid("Filter is not an object");
  EventPattern pattern;
  ASSIGN_OR_RETURN(pattern.rules_, CompileObject(parsed, ""));
  return pattern;
}

absl::StatusOr<std::vector<EventPattern::Rule>> EventPattern::CompileObject(const Json& object,
                                                                            const std::string& prefix) {
  if (object.as_object().empty()) return Invalid("Empty objects are not allowed");
  std::vector<Rule> rules(1);
  for (const auto& [key, value] : object.as_object()) {
    const bool joins = key == kOr && JoinsPatterns(value);
    const std::string path = prefix.empty() ? key : fmt::format("{}.{}", prefix, key);
    ASSIGN_OR_RETURN(const std::vector<Rule> more, joins ? CompileOr(value, prefix) : CompileField(path, value));
    RETURN_IF_ERROR(Multiply(rules, more));
  }
  return rules;
}

absl::StatusOr<std::vector<EventPattern::Rule>> EventPattern::CompileField(const std::string& path, const Json& value) {
  if (value.is_object()) return CompileObject(value, path);
  if (!value.is_array())
    return Invalid(fmt::format("\"{}\" must be an object or an array", path.substr(path.rfind('.') + 1)));
  if (value.as_array().empty()) return Invalid("Empty arrays are not allowed");
  std::vector<Rule> rules(1);
  for (const Json& alternative : value.as_array()) {
    ASSIGN_OR_RETURN(ValueMatch match, ValueMatch::Compile(alternative));
    rules.front()[path].push_back(std::move(match));
  }
  return rules;
}

absl::StatusOr<std::vector<EventPattern::Rule>> EventPattern::CompileOr(const Json& branches,
                                                                        const std::string& prefix) {
  std::vector<Rule> rules;
  for (const Json& branch : branches.as_array()) {
    ASSIGN_OR_RETURN(std::vector<Rule> more, CompileObject(branch, prefix));
    rules.insert(rules.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return rules;
}

// All of `rules` with all of `by`: one of the first and one of the second must match.
absl::Status EventPattern::Multiply(std::vector<Rule>& rules, const std::vector<Rule>& by) {
  if (rules.size() * by.size() > kMaxCombinations)
    return Invalid(fmt::format("There are more than {} combinations of $or", kMaxCombinations));
  std::vector<Rule> product;
  product.reserve(rules.size() * by.size());
  for (const Rule& rule : rules) {
    for (const Rule& more : by) {
      product.push_back(rule);
      // A field given twice has its last value.
      for (const auto& [path, alternatives] : more) product.back()[path] = alternatives;
    }
  }
  rules = std::move(product);
  return absl::OkStatus();
}

bool EventPattern::Matches(const Json& event) const {
  const EventFields fields(event);
  size_t steps = 0;
  return std::any_of(rules_.begin(), rules_.end(),
                     [&](const Rule& rule) { return MatchesFrom(rule.begin(), rule.end(), fields, {}, steps); });
}

}  // namespace hearth::controller
