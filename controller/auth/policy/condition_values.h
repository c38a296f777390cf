// The typed values of conditions: numbers, dates, addresses.
//
// Errors:  nullopt for a text that is not one.
// Threads: no state.
// Source:  IAM User Guide, "IAM JSON policy elements: Condition operators"; W3C note "Date and Time Formats"; RFC 4291.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hearth::controller {

std::optional<double> ParseConditionNumber(std::string_view text);
std::optional<bool> ParseConditionBool(std::string_view text);  // "true", "false", any case
// Milliseconds since 1970: "2026", "2026-01", "2026-01-31", "2026-01-31T09:30Z", "…T09:30:00.5+02:00", or seconds.
std::optional<int64_t> ParseConditionDate(std::string_view text);

struct IpNetwork {
  bool version_6 = false;
  std::array<uint8_t, 16> address{};  // version 4: the first four bytes
  int prefix_bits = 0;

  // "10.0.0.0/8", "2001:db8::/32"; an address alone is the network of itself.
  static std::optional<IpNetwork> Parse(std::string_view text);
  bool Contains(const IpNetwork& other) const;
};

}  // namespace hearth::controller
