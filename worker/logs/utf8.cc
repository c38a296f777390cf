#include "worker/logs/utf8.h"

#include <cstdint>
#include <cstring>

namespace hearth::worker {
namespace {

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

size_t ExpectedLength(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// The length of the well-formed character that `bytes` begins with; 0 when it begins with none.
// Source: Unicode 15, table 3-7 (no surrogates, no overlong forms, nothing above U+10FFFF).
size_t CharacterLength(std::string_view bytes) {
  const auto at = [&](size_t index) { return static_cast<unsigned char>(bytes[index]); };
  const size_t length = ExpectedLength(at(0));
  if (length <= 1) return length;
  if (bytes.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(at(i))) return 0;
  }
  if (at(0) == 0xE0 && at(1) < 0xA0) return 0;
  if (at(0) == 0xED && at(1) > 0x9F) return 0;
  if (at(0) == 0xF0 && at(1) < 0x90) return 0;
  if (at(0) == 0xF4 && at(1) > 0x8F) return 0;
  return length;
}

// The length of the longest valid beginning; plain ASCII goes eight bytes at a time.
size_t ValidPrefix(std::string_view bytes) {
  size_t i = 0;
  while (i < bytes.size()) {
    uint64_t word;
    if (i + sizeof(word) <= bytes.size()) {
      std::memcpy(&word, bytes.data() + i, sizeof(word));
      if ((word & 0x8080808080808080ULL) == 0) {
        i += sizeof(word);
        continue;
      }
    }
    const size_t length = CharacterLength(bytes.substr(i));
    if (length == 0) break;
    i += length;
  }
  return i;
}

}  // namespace

std::string Utf8OrReplaced(std::string_view bytes) {
  size_t valid = ValidPrefix(bytes);
  std::string text(bytes.substr(0, valid));
  while (valid < bytes.size()) {
    text += "\xEF\xBF\xBD";
    bytes.remove_prefix(valid + 1);
    valid = ValidPrefix(bytes);
    text.append(bytes.substr(0, valid));
  }
  return text;
}

size_t IncompleteTail(std::string_view bytes) {
  for (size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if (IsContinuation(byte)) continue;
    return ExpectedLength(byte) > back ? back : 0;
  }
  return 0;
}

}  // namespace hearth::worker
