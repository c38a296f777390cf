#include "controller/api/lambda/validation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/text_escape.h"
#include "controller/api/aws_error.h"

namespace hearth::controller {

void Validation::NotNull(std::string_view member, bool present) {
  if (present) return;
  failures_.push_back(fmt::format("Value null at '{}' failed to satisfy constraint: Member must not be null", member));
}

void Validation::Length(std::string_view member, std::string_view value, size_t minimum, size_t maximum) {
  const size_t length = Utf16Length(value);
  if (length > maximum) {
    Fail(member, value, fmt::format("Member must have length less than or equal to {}", maximum));
  }
  if (length < minimum) {
    Fail(member, value, fmt::format("Member must have length greater than or equal to {}", minimum));
  }
}

void Validation::Range(std::string_view member, int64_t value, int64_t minimum, int64_t maximum) {
  const std::string shown = std::to_string(value);
  if (value > maximum) Fail(member, shown, fmt::format("Member must have value less than or equal to {}", maximum));
  if (value < minimum) Fail(member, shown, fmt::format("Member must have value greater than or equal to {}", minimum));
}

void Validation::Pattern(std::string_view member, std::string_view value, const TextPattern& pattern) {
  if (pattern.matches(value)) return;
  Fail(member, value, fmt::format("Member must satisfy regular expression pattern: {}", pattern.text));
}

void Validation::Enum(std::string_view member, std::string_view value, Values allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
  Fail(member, value, fmt::format("Member must satisfy enum value set: [{}]", fmt::join(allowed, ", ")));
}

void Validation::Fail(std::string_view member, std::string_view value, std::string_view constraint) {
  failures_.push_back(fmt::format("Value '{}' at '{}' failed to satisfy constraint: {}", value, member, constraint));
}

absl::Status Validation::Result() const {
  if (failures_.empty()) return absl::OkStatus();
  return AwsError("ValidationException", fmt::format("{} validation error{} detected: {}", failures_.size(),
                                                     failures_.size() == 1 ? "" : "s", fmt::join(failures_, "; ")));
}

}  // namespace hearth::controller
