#include "common/http_message.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace hearth {

std::optional<std::string_view> HttpHeaders::Find(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key.size() == name.size() && absl::EqualsIgnoreCase(key, absl::string_view(name.data(), name.size()))) {
      return value;
    }
  }
  return std::nullopt;
}

void HttpHeaders::Add(std::string name, std::string value) { fields.emplace_back(std::move(name), std::move(value)); }

std::string_view HttpRequest::path() const { return std::string_view(target).substr(0, target.find('?')); }

std::string_view HttpRequest::query() const {
  const size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

}  // namespace hearth
