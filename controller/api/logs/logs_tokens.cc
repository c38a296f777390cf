#include "controller/api/logs/logs_tokens.h"

#include <algorithm>
#include <charconv>

#include "common/crypto.h"
#include "fmt/format.h"

namespace hearth::controller {
namespace {

constexpr size_t kHexDigits = 16;

std::optional<uint64_t> ParseHex(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != kHexDigits || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string FormatEventToken(const EventToken& token) {
  return fmt::format("{}/{:016x}{:016x}/s", token.direction == TokenDirection::kForward ? 'f' : 'b',
                     static_cast<uint64_t>(token.position.time_ms), token.position.sequence);
}

std::optional<EventToken> ParseEventToken(std::string_view text) {
  if (text.size() != 2 + 2 * kHexDigits + 2 || !text.ends_with("/s")) return std::nullopt;
  if (!text.starts_with("f/") && !text.starts_with("b/")) return std::nullopt;
  const std::optional<uint64_t> time_ms = ParseHex(text.substr(2, kHexDigits));
  const std::optional<uint64_t> sequence = ParseHex(text.substr(2 + kHexDigits, kHexDigits));
  if (!time_ms || !sequence) return std::nullopt;
  return EventToken{text.front() == 'f' ? TokenDirection::kForward : TokenDirection::kBackward,
                    {static_cast<int64_t>(*time_ms), *sequence}};
}

std::string FormatStreamToken(const LogStreamKey& key) {
  return Base64Encode(fmt::format("{:016x}{}", static_cast<uint64_t>(key.last_event_ms), key.name));
}

std::optional<LogStreamKey> ParseStreamToken(std::string_view text) {
  const std::optional<std::string> plain = Base64Decode(text);
  if (!plain || plain->size() <= kHexDigits) return std::nullopt;
  const std::optional<uint64_t> last_event_ms = ParseHex(std::string_view(*plain).substr(0, kHexDigits));
  if (!last_event_ms) return std::nullopt;
  return LogStreamKey{static_cast<int64_t>(*last_event_ms), plain->substr(kHexDigits)};
}

std::string FormatNameToken(std::string_view name) { return Base64Encode(name); }

std::optional<std::string> ParseNameToken(std::string_view text) {
  std::optional<std::string> name = Base64Decode(text);
  return name && !name->empty() ? name : std::nullopt;
}

std::string FormatEventId(LogPosition position) {
  return fmt::format("{:020}{:036}", std::max<int64_t>(position.time_ms, 0), position.sequence);
}

}  // namespace hearth::controller
