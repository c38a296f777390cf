// Json is a small JSON value: parse, read, build, write. CheckJson validates a payload without building anything.
//
// Shapes:  numbers are int64 when written without fraction or exponent and in range, else double. Object members keep
//          insertion order; a repeated key keeps its last value. Text is UTF-8.
// Errors:  InvalidArgument with the byte offset for text that is not JSON, for invalid UTF-8 and past kMaxJsonDepth.
// Threads: a value type.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hearth {

inline constexpr int kMaxJsonDepth = 512;

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;  // null
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  template <std::integral T>
  Json(T value) {
    if (std::in_range<int64_t>(value)) {
      value_ = static_cast<int64_t>(value);
    } else {
      value_ = static_cast<double>(value);
    }
  }
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}

  static absl::StatusOr<Json> Parse(std::string_view text);
  std::string Dump() const;  // compact: {"a":1}
  std::string DumpPretty(int indent) const;

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_integer() const { return std::holds_alternative<int64_t>(value_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  // Preconditions: the matching is_…().
  bool as_bool() const { return std::get<bool>(value_); }
  int64_t as_integer() const { return std::get<int64_t>(value_); }
  double as_number() const;
  const std::string& as_string() const { return std::get<std::string>(value_); }
  const Array& as_array() const { return std::get<Array>(value_); }
  Array& as_array() { return std::get<Array>(value_); }
  const Object& as_object() const { return std::get<Object>(value_); }
  Object& as_object() { return std::get<Object>(value_); }

  // The member of an object; nullptr when absent or when this is not an object.
  const Json* Find(std::string_view key) const;
  // Adds or replaces a member and answers this object; turns null into an object first.
  Json& Set(std::string key, Json value);

  bool operator==(const Json& other) const = default;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> value_;
};

// Whether `text` is one whole JSON value. Source: simdjson's full DOM parse (On-Demand would check lazily).
absl::Status CheckJson(std::string_view text);

}  // namespace hearth
