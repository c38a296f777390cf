#include "controller/api/api_call.h"

namespace hearth::controller {

std::string_view ApiCall::Label(std::string_view name) const {
  const auto it = labels.find(name);
  return it == labels.end() ? std::string_view() : std::string_view(it->second);
}

const std::string* ApiCall::Query(std::string_view name) const {
  const auto it = query.find(name);
  return it == query.end() ? nullptr : &it->second;
}

std::vector<std::string> ApiCall::QueryList(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [given, value] : repeated_query) {
    if (given == name) values.push_back(value);
  }
  return values;
}

}  // namespace hearth::controller
