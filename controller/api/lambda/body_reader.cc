#include "controller/api/lambda/body_reader.h"

#include <fmt/format.h>

#include "common/errors.h"
#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

std::string_view TokenName(const Json& value) {
  if (value.is_string()) return "STRING_VALUE";
  if (value.is_number()) return "NUMBER_VALUE";
  if (value.is_bool()) return value.as_bool() ? "TRUE_VALUE" : "FALSE_VALUE";
  return "NULL_VALUE";
}

}  // namespace

absl::StatusOr<Json> ParseBody(std::string_view body) {
  if (body.empty()) return Json(Json::Object());
  absl::StatusOr<Json> parsed = Json::Parse(body);
  if (!parsed.ok()) {
    return AwsError("InvalidRequestContentException",
                    fmt::format("Could not parse request body into json: {}", std::string(parsed.status().message())));
  }
  if (!parsed->is_object()) return AwsError("SerializationException", "Start of structure expected");
  return parsed;
}

std::optional<std::string> BodyReader::String(std::string_view member) {
  const Json* found = Find(member);
  if (found == nullptr) return std::nullopt;
  if (found->is_string()) return found->as_string();
  WrongType(*found, "a String");
  return std::nullopt;
}

std::optional<int64_t> BodyReader::Integer(std::string_view member) {
  const Json* found = Find(member);
  if (found == nullptr) return std::nullopt;
  if (found->is_integer()) return found->as_integer();
  WrongType(*found, "an Integer");
  return std::nullopt;
}

std::optional<bool> BodyReader::Boolean(std::string_view member) {
  const Json* found = Find(member);
  if (found == nullptr) return std::nullopt;
  if (found->is_bool()) return found->as_bool();
  WrongType(*found, "a Boolean");
  return std::nullopt;
}

std::optional<std::vector<std::string>> BodyReader::Strings(std::string_view member) {
  const Json* array = Array(member);
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> values;
  for (const Json& value : array->as_array()) {
    if (!value.is_string()) {
      WrongType(value, "a String");
      return std::nullopt;
    }
    values.push_back(value.as_string());
  }
  return values;
}

std::optional<std::vector<std::pair<std::string, std::string>>> BodyReader::StringMap(std::string_view member) {
  const Json* object = Object(member);
  if (object == nullptr) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [key, value] : object->as_object()) {
    if (!value.is_string()) {
      WrongType(value, "a String");
      return std::nullopt;
    }
    pairs.emplace_back(key, value.as_string());
  }
  return pairs;
}

std::optional<std::vector<std::pair<std::string, double>>> BodyReader::NumberMap(std::string_view member) {
  const Json* object = Object(member);
  if (object == nullptr) return std::nullopt;
  std::vector<std::pair<std::string, double>> pairs;
  for (const auto& [key, value] : object->as_object()) {
    if (!value.is_number()) {
      WrongType(value, "a Double");
      return std::nullopt;
    }
    pairs.emplace_back(key, value.as_number());
  }
  return pairs;
}

const Json* BodyReader::Object(std::string_view member) {
  const Json* found = Find(member);
  if (found == nullptr || found->is_object()) return found;
  WrongType(*found, "a structure or map");
  return nullptr;
}

const Json* BodyReader::Array(std::string_view member) {
  const Json* found = Find(member);
  if (found == nullptr || found->is_array()) return found;
  WrongType(*found, "a list");
  return nullptr;
}

void BodyReader::Absorb(const BodyReader& nested) {
  if (status_.ok()) status_ = nested.status_;
}

const Json* BodyReader::Find(std::string_view member) const {
  const Json* found = object_->Find(member);
  return found == nullptr || found->is_null() ? nullptr : found;
}

void BodyReader::WrongType(const Json& found, std::string_view wanted) {
  if (!status_.ok()) return;
  if (found.is_object() || found.is_array()) {
    status_ =
        AwsError("SerializationException", found.is_object() ? "Start of structure or map found where not expected."
                                                             : "Start of list found where not expected.");
    return;
  }
  status_ = AwsError("SerializationException", fmt::format("{} can not be converted to {}", TokenName(found), wanted));
}

}  // namespace hearth::controller
