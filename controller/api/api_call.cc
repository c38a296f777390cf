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

}  // namespace hearth::controller
