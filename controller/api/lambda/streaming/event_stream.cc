#include "controller/api/lambda/streaming/event_stream.h"

#include <zlib.h>

#include <cstdint>

namespace hearth::controller {
namespace {

constexpr char kStringValue = 7;
constexpr size_t kPreludeBytes = 12;
constexpr size_t kChecksumBytes = 4;

void AppendNumber(std::string& out, size_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xFF);
}

void AppendHeader(std::string& out, std::string_view name, std::string_view value) {
  AppendNumber(out, name.size(), 1);
  out += name;
  out += kStringValue;
  AppendNumber(out, value.size(), 2);
  out += value;
}

void AppendChecksum(std::string& out) {
  AppendNumber(out, crc32_z(0, reinterpret_cast<const unsigned char*>(out.data()), out.size()), kChecksumBytes);
}

}  // namespace

std::string EventStreamMessage(std::string_view event_type, std::string_view content_type, std::string_view payload) {
  std::string headers;
  AppendHeader(headers, ":event-type", event_type);
  AppendHeader(headers, ":content-type", content_type);
  AppendHeader(headers, ":message-type", "event");
  std::string message;
  message.reserve(kPreludeBytes + headers.size() + payload.size() + kChecksumBytes);
  AppendNumber(message, kPreludeBytes + headers.size() + payload.size() + kChecksumBytes, 4);
  AppendNumber(message, headers.size(), 4);
  AppendChecksum(message);
  message += headers;
  message += payload;
  AppendChecksum(message);
  return message;
}

}  // namespace hearth::controller
