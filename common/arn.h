// Arn is an Amazon Resource Name in its six parts.
//
// Shapes:  arn:partition:service:region:account:resource; the resource keeps its colons.
// Threads: a value type.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth {

struct Arn {
  std::string partition = "aws";
  std::string service;
  std::string region;
  std::string account;
  std::string resource;

  static std::optional<Arn> Parse(std::string_view text);
  std::string ToString() const;
  bool operator==(const Arn&) const = default;
};

}  // namespace hearth
