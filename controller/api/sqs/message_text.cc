#include "controller/api/sqs/message_text.h"

#include <optional>

#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

// One character of UTF-8 at the front of `text`, which loses it; nullopt when there is none.
std::optional<uint32_t> TakeCharacter(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t bytes = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (bytes > text.size() || (bytes > 1 && (first < 0xc2 || first > 0xf4))) return std::nullopt;
  uint32_t character = bytes == 1 ? first : first & (0x7f >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return std::nullopt;
    character = character << 6 | (next & 0x3f);
  }
  const bool longer_than_needed = (bytes == 3 && character < 0x800) || (bytes == 4 && character < 0x10000);
  if (longer_than_needed) return std::nullopt;
  text.remove_prefix(bytes);
  return character;
}

bool IsXmlCharacter(uint32_t character) {
  if (character < 0x20) return character == '\t' || character == '\n' || character == '\r';
  return character <= 0xd7ff || (character >= 0xe000 && character <= 0xfffd) ||
         (character >= 0x10000 && character <= 0x10ffff);
}

bool IsXmlText(std::string_view text) {
  while (!text.empty()) {
    const std::optional<uint32_t> character = TakeCharacter(text);
    if (!character || !IsXmlCharacter(*character)) return false;
  }
  return true;
}

}  // namespace

absl::Status CheckMessageText(std::string_view text) {
  if (IsXmlText(text)) return absl::OkStatus();
  return AwsError("InvalidMessageContents",
                  "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to "
                  "#xFFFD | #x10000 to #x10FFFF.");
}

}  // namespace hearth::controller
