#include "worker/logs/frame_reader.h"

#include <algorithm>
#include <utility>

#include "worker/logs/line_splitter.h"
#include "worker/logs/utf8.h"

namespace hearth::worker {
namespace {

constexpr uint32_t kFrameMagic = 0xa55a;

uint32_t BigEndian32(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

void FrameReader::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (lost_) {
      ++dropped_;
      return;
    }
    bytes = in_message_ ? ReadMessage(bytes) : ReadHeader(bytes);
  }
}

std::string_view FrameReader::ReadHeader(std::string_view bytes) {
  const size_t taken = std::min(bytes.size(), kHeaderBytes - header_.size());
  header_.append(bytes.substr(0, taken));
  bytes.remove_prefix(taken);
  if (header_.size() < kHeaderBytes) return bytes;
  type_ = BigEndian32(header_);
  lost_ = type_ >> 16 != kFrameMagic;
  if (lost_) {
    ++dropped_;
    return {};
  }
  remaining_bytes_ = BigEndian32(std::string_view(header_).substr(4));
  header_.clear();
  in_message_ = remaining_bytes_ > 0;
  return bytes;
}

std::string_view FrameReader::ReadMessage(std::string_view bytes) {
  const size_t room = kMaxLogEventBytes - message_.size();
  const size_t taken = std::min({bytes.size(), size_t{remaining_bytes_}, room});
  message_.append(bytes.substr(0, taken));
  bytes.remove_prefix(taken);
  remaining_bytes_ -= static_cast<uint32_t>(taken);
  in_message_ = remaining_bytes_ > 0;
  if (!in_message_) {
    sink_(message_, type_);
    message_.clear();
  } else if (message_.size() == kMaxLogEventBytes) {
    const size_t held_back = IncompleteTail(message_);
    sink_(std::string_view(message_).substr(0, message_.size() - held_back), type_);
    message_.erase(0, message_.size() - held_back);
  }
  return bytes;
}

void FrameReader::Reset() {
  header_.clear();
  message_.clear();
  remaining_bytes_ = 0;
  in_message_ = lost_ = false;
}

int64_t FrameReader::TakeDropped() { return std::exchange(dropped_, 0); }

}  // namespace hearth::worker
