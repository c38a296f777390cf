// BodyReader takes typed members out of a JSON request body; a null member counts as absent, an unknown one is ignored.
//
// Errors:  the first member of a wrong type makes status() a SerializationException; what was asked then is absent.
// Threads: one.
// Source:  api.md "Wire conventions".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/io/json.h"

namespace hearth::controller {

// The body as an object; an empty body is an empty object. InvalidRequestContentException when it is no JSON object.
absl::StatusOr<Json> ParseBody(std::string_view body);

class BodyReader {
 public:
  explicit BodyReader(const Json& object) : object_(&object) {}

  std::optional<std::string> String(std::string_view member);
  std::optional<int64_t> Integer(std::string_view member);
  std::optional<bool> Boolean(std::string_view member);
  std::optional<std::vector<std::string>> Strings(std::string_view member);
  // In the order of the body.
  std::optional<std::vector<std::pair<std::string, std::string>>> StringMap(std::string_view member);
  std::optional<std::vector<std::pair<std::string, double>>> NumberMap(std::string_view member);
  // nullptr when absent; an object otherwise.
  const Json* Object(std::string_view member);
  const Json* Array(std::string_view member);

  // Takes over the failure of a reader of a nested object.
  void Absorb(const BodyReader& nested);
  const absl::Status& status() const { return status_; }

 private:
  const Json* Find(std::string_view member) const;
  void WrongType(const Json& found, std::string_view wanted);

  const Json* object_;
  absl::Status status_;
};

}  // namespace hearth::controller
