#include "controller/auth/policy/condition_values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace hearth::controller {
namespace {

constexpr int64_t kMsPerSecond = 1000;
constexpr int64_t kMsPerMinute = 60 * kMsPerSecond;
constexpr int64_t kMsPerHour = 60 * kMsPerMinute;
constexpr int64_t kMsPerDay = 24 * kMsPerHour;
constexpr size_t kMaxNumberText = 64;
constexpr int64_t kMaxEpochSeconds = 253402300799;  // the last second of 9999

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes exactly `digits` digits off the front.
std::optional<int> TakeNumber(std::string_view& text, size_t digits) {
  if (text.size() < digits || !std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(digits), IsDigit)) {
    return std::nullopt;
  }
  int value = 0;
  for (size_t i = 0; i < digits; ++i) value = value * 10 + (text[i] - '0');
  text.remove_prefix(digits);
  return value;
}

bool Take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

int DaysOfMonth(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<size_t>(month - 1)];
}

int64_t DaysSince1970(int year, int month, int day) {
  int64_t days = 0;
  for (int y = 1970; y < year; ++y) days += DaysOfMonth(y, 2) == 29 ? 366 : 365;
  for (int y = year; y < 1970; ++y) days -= DaysOfMonth(y, 2) == 29 ? 366 : 365;
  for (int m = 1; m < month; ++m) days += DaysOfMonth(year, m);
  return days + day - 1;
}

// "2026", "2026-01" or "2026-01-31", in days.
std::optional<int64_t> TakeDay(std::string_view& text) {
  const std::optional<int> year = TakeNumber(text, 4);
  if (!year) return std::nullopt;
  int month = 1, day = 1;
  if (Take(text, '-')) {
    const std::optional<int> given = TakeNumber(text, 2);
    if (!given || *given < 1 || *given > 12) return std::nullopt;
    month = *given;
    if (Take(text, '-')) {
      const std::optional<int> given_day = TakeNumber(text, 2);
      if (!given_day || *given_day < 1 || *given_day > DaysOfMonth(*year, month)) return std::nullopt;
      day = *given_day;
    }
  }
  return DaysSince1970(*year, month, day);
}

// "09:30", in milliseconds.
std::optional<int64_t> TakeHourAndMinute(std::string_view& text) {
  const std::optional<int> hour = TakeNumber(text, 2);
  if (!hour || *hour > 23 || !Take(text, ':')) return std::nullopt;
  const std::optional<int> minute = TakeNumber(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  return *hour * kMsPerHour + *minute * kMsPerMinute;
}

// ":00" and ":00.123", in milliseconds.
std::optional<int64_t> TakeSeconds(std::string_view& text) {
  const std::optional<int> second = TakeNumber(text, 2);
  if (!second || *second > 59) return std::nullopt;
  int64_t ms = *second * kMsPerSecond;
  if (!Take(text, '.')) return ms;
  if (text.empty() || !IsDigit(text[0])) return std::nullopt;
  for (int64_t unit = kMsPerSecond / 10; !text.empty() && IsDigit(text[0]); unit /= 10) {
    ms += (text[0] - '0') * unit;
    text.remove_prefix(1);
  }
  return ms;
}

// "Z", "+02:00" and nothing after it: what is to be added to reach UTC.
std::optional<int64_t> ReadZone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  const bool east = text.starts_with('+');
  if (!east && !text.starts_with('-')) return std::nullopt;
  text.remove_prefix(1);
  const std::optional<int64_t> offset = TakeHourAndMinute(text);
  if (!offset || !text.empty()) return std::nullopt;
  return east ? -*offset : *offset;
}

}  // namespace

std::optional<double> ParseConditionNumber(std::string_view text) {
  double value = 0;
  if (text.size() > kMaxNumberText || !absl::SimpleAtod(absl::string_view(text.data(), text.size()), &value) ||
      !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<bool> ParseConditionBool(std::string_view text) {
  const absl::string_view view(text.data(), text.size());
  if (absl::EqualsIgnoreCase(view, "true")) return true;
  if (absl::EqualsIgnoreCase(view, "false")) return false;
  return std::nullopt;
}

std::optional<int64_t> ParseConditionDate(std::string_view text) {
  if (text.size() > 4 && std::all_of(text.begin(), text.end(), IsDigit)) {
    int64_t seconds = 0;
    if (!absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &seconds)) return std::nullopt;
    return seconds > kMaxEpochSeconds ? std::nullopt : std::optional<int64_t>(seconds * kMsPerSecond);
  }
  const std::optional<int64_t> days = TakeDay(text);
  if (!days) return std::nullopt;
  int64_t ms = *days * kMsPerDay;
  if (text.empty()) return ms;
  if (!Take(text, 'T') && !Take(text, 't')) return std::nullopt;
  const std::optional<int64_t> time = TakeHourAndMinute(text);
  if (!time) return std::nullopt;
  ms += *time;
  if (Take(text, ':')) {
    const std::optional<int64_t> seconds = TakeSeconds(text);
    if (!seconds) return std::nullopt;
    ms += *seconds;
  }
  const std::optional<int64_t> zone = ReadZone(text);
  return zone ? std::optional<int64_t>(ms + *zone) : std::nullopt;
}

std::optional<IpNetwork> IpNetwork::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  IpNetwork network;
  network.version_6 = address.find(':') != std::string::npos;
  if (address.find('\0') != std::string::npos) return std::nullopt;  // inet_pton would stop there
  if (inet_pton(network.version_6 ? AF_INET6 : AF_INET, address.c_str(), network.address.data()) != 1) {
    return std::nullopt;
  }
  const int all_bits = network.version_6 ? 128 : 32;
  network.prefix_bits = all_bits;
  if (slash == std::string_view::npos) return network;
  const std::string_view prefix = text.substr(slash + 1);
  if (prefix.empty() || prefix.size() > 3 || !std::all_of(prefix.begin(), prefix.end(), IsDigit)) return std::nullopt;
  network.prefix_bits = std::stoi(std::string(prefix));
  if (network.prefix_bits > all_bits) return std::nullopt;
  return network;
}

bool IpNetwork::Contains(const IpNetwork& other) const {
  if (version_6 != other.version_6 || other.prefix_bits < prefix_bits) return false;
  for (int bit = 0; bit < prefix_bits; bit += 8) {
    const int used = std::min(8, prefix_bits - bit);
    const auto mask = static_cast<uint8_t>(0xff << (8 - used));
    const auto byte = static_cast<size_t>(bit / 8);
    if ((address[byte] & mask) != (other.address[byte] & mask)) return false;
  }
  return true;
}

}  // namespace hearth::controller
