#include "controller/api/query/query_input.h"

#include <fmt/format.h>

#include "absl/strings/numbers.h"
#include "common/text_escape.h"
#include "common/uri.h"

namespace hearth::controller {

absl::StatusOr<QueryInput> QueryInput::Read(std::string_view form) {
  QueryInput input;
  std::vector<std::pair<std::string, std::string>> pairs = ParseQuery(form);
  if (pairs.size() > kMaxParameters) {
    return absl::InvalidArgumentError(fmt::format("A request has at most {} parameters.", kMaxParameters));
  }
  for (auto& [name, value] : pairs) {
    // Records are made of it, and one with other bytes could not be read again.
    if (!IsValidUtf8(name) || !IsValidUtf8(value)) return absl::InvalidArgumentError("A parameter is no UTF-8.");
    input.parameters_.insert_or_assign(std::move(name), std::move(value));
  }
  return input;
}

const std::string* QueryInput::Find(std::string_view name) const {
  const auto found = parameters_.find(name);
  return found == parameters_.end() ? nullptr : &found->second;
}

std::string QueryInput::TextOr(std::string_view name, std::string_view otherwise) const {
  const std::string* found = Find(name);
  return found == nullptr ? std::string(otherwise) : *found;
}

std::optional<int64_t> QueryInput::Integer(std::string_view name) const {
  const std::string* found = Find(name);
  int64_t value = 0;
  if (found == nullptr || !absl::SimpleAtoi(*found, &value)) return std::nullopt;
  return value;
}

std::vector<std::string> QueryInput::List(std::string_view name) const {
  std::vector<std::string> values;
  while (const std::string* value = Find(fmt::format("{}.member.{}", name, values.size() + 1))) {
    values.push_back(*value);
  }
  return values;
}

size_t QueryInput::ListSize(std::string_view name) const {
  for (size_t size = 0;; ++size) {
    const std::string prefix = fmt::format("{}.member.{}.", name, size + 1);
    const auto next = parameters_.lower_bound(prefix);
    if (next == parameters_.end() || !next->first.starts_with(prefix)) return size;
  }
}

const std::string* QueryInput::InList(std::string_view name, size_t index, std::string_view member) const {
  return Find(fmt::format("{}.member.{}.{}", name, index, member));
}

}  // namespace hearth::controller
