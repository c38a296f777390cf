#include "common/random.h"

#include <sys/random.h>

#include <cstdlib>
#include <cstring>

namespace hearth {
namespace {

std::string ToHex(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

}  // namespace

std::string Random::Hex(size_t bytes) { return ToHex(Bytes(bytes)); }

std::string Random::Uuid() {
  std::string bytes = Bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string hex = ToHex(bytes);
  for (const size_t at : {8, 13, 18, 23}) hex.insert(at, 1, '-');
  return hex;
}

uint64_t Random::Below(uint64_t bound) {
  // Rejection keeps the draw uniform for any bound.
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t value = 0;
  do {
    const std::string bytes = Bytes(sizeof(value));
    std::memcpy(&value, bytes.data(), sizeof(value));
  } while (value >= limit);
  return value % bound;
}

std::string RealRandom::Bytes(size_t size) {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t got = getrandom(bytes.data() + done, size - done, 0);
    if (got < 0 && errno != EINTR) std::abort();  // no entropy source: nothing after this could be trusted
    if (got > 0) done += static_cast<size_t>(got);
  }
  return bytes;
}

std::string SeededRandom::Bytes(size_t size) {
  MutexLock lock(mutex_);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(engine_());
  return bytes;
}

}  // namespace hearth
