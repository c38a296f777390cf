#include "controller/api/logs/logs_input.h"

#include <algorithm>

#include "common/errors.h"
#include "common/text_escape.h"
#include "controller/api/aws_error.h"
#include "fmt/format.h"

namespace hearth::controller {
namespace {

absl::Status WrongType(std::string_view member, std::string_view expected) {
  return AwsError("SerializationException", fmt::format("Member '{}' must be {}", member, expected));
}

}  // namespace

absl::Status InvalidLogsParameter(std::string_view text) { return AwsError("InvalidParameterException", text); }

absl::Status LogsConstraintError(std::string_view value, std::string_view member, std::string_view constraint) {
  return InvalidLogsParameter(
      fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must {}",
                  value.substr(0, 600), member, constraint));
}

absl::Status ToLogsError(const absl::Status& status) {
  if (status.ok() || AwsErrorShape(status)) return status;
  const std::string text(status.message());
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return AwsError("ResourceNotFoundException", text);
    case absl::StatusCode::kAlreadyExists:
      return AwsError("ResourceAlreadyExistsException", text);
    case absl::StatusCode::kInvalidArgument:
      return InvalidLogsParameter(text);
    default:
      break;  // ours: rendered as an unavailable service
  }
  return status;
}

const Json* LogsInput::Find(std::string_view member) const {
  const Json* found = json_.Find(member);
  return found == nullptr || found->is_null() ? nullptr : found;
}

absl::Status LogsInput::AllowOnly(std::initializer_list<std::string_view> members) const {
  if (!json_.is_object()) return AwsError("SerializationException", "The request must be a JSON object");
  for (const auto& [name, value] : json_.as_object()) {
    if (value.is_null() || std::find(members.begin(), members.end(), name) != members.end()) continue;
    return InvalidLogsParameter(
        fmt::format("Member '{}' is not supported by this service; leave it out", name.substr(0, 100)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> LogsInput::RequiredString(std::string_view member) const {
  ASSIGN_OR_RETURN(std::optional<std::string> text, String(member));
  if (!text) {
    return InvalidLogsParameter(fmt::format(
        "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
        member));
  }
  return *std::move(text);
}

absl::StatusOr<std::optional<std::string>> LogsInput::String(std::string_view member, size_t shortest,
                                                             size_t longest) const {
  const Json* value = Find(member);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return WrongType(member, "a string");
  const std::string& text = value->as_string();
  const size_t length = Utf16Length(text);
  if (length < shortest) {
    return LogsConstraintError(text, member, fmt::format("have length greater than or equal to {}", shortest));
  }
  if (length > longest) {
    return LogsConstraintError(text, member, fmt::format("have length less than or equal to {}", longest));
  }
  return text;
}

absl::StatusOr<std::optional<int64_t>> LogsInput::Integer(std::string_view member, int64_t minimum,
                                                          int64_t maximum) const {
  const Json* value = Find(member);
  if (value == nullptr) return std::nullopt;
  if (!value->is_integer()) return WrongType(member, "an integer");
  const int64_t number = value->as_integer();
  const std::string text = std::to_string(number);
  if (number < minimum) {
    return LogsConstraintError(text, member, fmt::format("have value greater than or equal to {}", minimum));
  }
  if (number > maximum) {
    return LogsConstraintError(text, member, fmt::format("have value less than or equal to {}", maximum));
  }
  return number;
}

absl::StatusOr<std::optional<bool>> LogsInput::Bool(std::string_view member) const {
  const Json* value = Find(member);
  if (value == nullptr) return std::nullopt;
  if (!value->is_bool()) return WrongType(member, "a boolean");
  return value->as_bool();
}

absl::StatusOr<std::optional<std::vector<std::string>>> LogsInput::Strings(std::string_view member,
                                                                           size_t max_count) const {
  ASSIGN_OR_RETURN(const Json::Array* list, List(member));
  if (list == nullptr) return std::nullopt;
  if (list->empty() || list->size() > max_count) {
    return InvalidLogsParameter(
        fmt::format("1 validation error detected: Value at '{}' failed to satisfy constraint: Member "
                    "must have between 1 and {} elements",
                    member, max_count));
  }
  std::vector<std::string> texts;
  for (const Json& element : *list) {
    if (!element.is_string()) return WrongType(member, "a list of strings");
    texts.push_back(element.as_string());
  }
  return texts;
}

absl::StatusOr<const Json::Array*> LogsInput::List(std::string_view member) const {
  const Json* value = Find(member);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) return WrongType(member, "a list");
  return &value->as_array();
}

absl::StatusOr<const Json::Object*> LogsInput::Map(std::string_view member) const {
  const Json* value = Find(member);
  if (value == nullptr) return nullptr;
  if (!value->is_object()) return WrongType(member, "a map");
  return &value->as_object();
}

}  // namespace hearth::controller
