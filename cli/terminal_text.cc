#include "cli/terminal_text.h"

#include <algorithm>

#include "common/text_escape.h"
#include "fmt/format.h"

namespace hearth::cli {
namespace {

// How many bytes the character at the front has; 0 when they are not UTF-8.
size_t CharacterBytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return size <= text.size() && IsValidUtf8(text.substr(0, size)) ? size : 0;
}

bool IsControl(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return (first < ' ' && first != '\n' && first != '\t') || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;  // U+0080 to U+009F
}

}  // namespace

std::string SafeForTerminal(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const size_t size = CharacterBytes(text);
    const std::string_view character = text.substr(0, std::max<size_t>(size, 1));
    if (size > 0 && !IsControl(character)) {
      safe += character;
    } else {
      for (const char byte : character) safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
    text.remove_prefix(character.size());
  }
  return safe;
}

}  // namespace hearth::cli
