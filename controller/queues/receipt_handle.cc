#include "controller/queues/receipt_handle.h"

#include <fmt/format.h>

#include <charconv>

#include "common/crypto.h"

namespace hearth::controller {
namespace {

constexpr size_t kDigits = 16;
constexpr size_t kReceiveDigits = 8;
constexpr size_t kTextBytes = 3 * kDigits + kReceiveDigits;

template <class Number>
bool ReadHex(std::string_view text, Number& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

}  // namespace

std::string ReceiptHandle::ToString() const {
  return Base64Encode(fmt::format("{:016x}{:016x}{:016x}{:08x}", queue, state, secret, receives));
}

std::optional<ReceiptHandle> ReceiptHandle::Parse(std::string_view text) {
  if (text.size() > 2 * kTextBytes) return std::nullopt;
  const std::optional<std::string> decoded = Base64Decode(text);
  if (!decoded || decoded->size() != kTextBytes) return std::nullopt;
  const std::string_view digits = *decoded;
  ReceiptHandle handle;
  if (!ReadHex(digits.substr(0, kDigits), handle.queue) || !ReadHex(digits.substr(kDigits, kDigits), handle.state) ||
      !ReadHex(digits.substr(2 * kDigits, kDigits), handle.secret) ||
      !ReadHex(digits.substr(3 * kDigits), handle.receives)) {
    return std::nullopt;
  }
  return handle;
}

}  // namespace hearth::controller
