// Validation collects every constraint a request breaks and puts them into AWS's words.
//
// Shapes:  members are lower-camel paths ("functionName", "routingConfig.additionalVersionWeights").
// Errors:  Result() is a ValidationException that joins all failures: "2 validation errors detected: …; …".
// Threads: one.
// Source:  api.md "Error wire format"; errors.tsv.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace hearth::controller {

// A model pattern: its text, as clients are shown it, and what it matches.
struct TextPattern {
  std::string_view text;
  bool (*matches)(std::string_view value);
};

class Validation {
 public:
  using Values = std::initializer_list<std::string_view>;

  void NotNull(std::string_view member, bool present);
  // Bounds are UTF-16 code units: a model's lengths count characters, as Java does.
  void Length(std::string_view member, std::string_view value, size_t minimum, size_t maximum);
  void Range(std::string_view member, int64_t value, int64_t minimum, int64_t maximum);
  void Pattern(std::string_view member, std::string_view value, const TextPattern& pattern);
  void Enum(std::string_view member, std::string_view value, Values allowed);
  // `constraint` begins with "Member must" or names what does.
  void Fail(std::string_view member, std::string_view value, std::string_view constraint);

  absl::Status Result() const;

 private:
  std::vector<std::string> failures_;
};

}  // namespace hearth::controller
