#include "controller/observe/log_record.h"

#include <zlib.h>

#include <bit>
#include <cstring>

namespace hearth::controller {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they are");

enum Kind : uint8_t { kStreamNamed = 1, kEventLogged = 2, kStreamDeleted = 3 };

constexpr size_t kHeadBytes = 8;

uint32_t Checksum(std::string_view body) {
  return static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size())));
}

template <class T>
void Put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

template <class T>
bool Take(std::string_view& bytes, T& value) {
  if (bytes.size() < sizeof(value)) return false;
  std::memcpy(&value, bytes.data(), sizeof(value));
  bytes.remove_prefix(sizeof(value));
  return true;
}

void PutBody(std::string& out, const StreamNamed& record) {
  Put(out, kStreamNamed);
  Put(out, record.created_ms);
  out += record.name;
}

void PutBody(std::string& out, const EventLogged& record) {
  Put(out, kEventLogged);
  Put(out, record.stream);
  Put(out, record.source);
  Put(out, record.time_ms);
  Put(out, record.ingestion_ms);
  out += record.text;
}

void PutBody(std::string& out, const StreamDeleted& record) {
  Put(out, kStreamDeleted);
  out += record.name;
}

std::optional<SegmentRecord> ParseBody(std::string_view body) {
  uint8_t kind = 0;
  if (!Take(body, kind)) return std::nullopt;
  if (kind == kStreamNamed) {
    StreamNamed record;
    if (!Take(body, record.created_ms)) return std::nullopt;
    record.name = body;
    return record;
  }
  if (kind == kEventLogged) {
    EventLogged record;
    if (!Take(body, record.stream) || !Take(body, record.source) || !Take(body, record.time_ms) ||
        !Take(body, record.ingestion_ms)) {
      return std::nullopt;
    }
    record.text = body;
    return record;
  }
  if (kind == kStreamDeleted) return StreamDeleted{body};
  return std::nullopt;
}

}  // namespace

void AppendRecord(std::string& out, const SegmentRecord& record) {
  const size_t head = out.size();
  out.append(kHeadBytes, '\0');
  std::visit([&out](const auto& kind) { PutBody(out, kind); }, record);
  const std::string_view body = std::string_view(out).substr(head + kHeadBytes);
  const auto size = static_cast<uint32_t>(body.size());
  const uint32_t checksum = Checksum(body);
  std::memcpy(out.data() + head, &size, sizeof(size));
  std::memcpy(out.data() + head + sizeof(size), &checksum, sizeof(checksum));
}

std::optional<SegmentRecord> TakeRecord(std::string_view& bytes) {
  std::string_view rest = bytes;
  uint32_t size = 0;
  uint32_t checksum = 0;
  if (!Take(rest, size) || !Take(rest, checksum) || size > kMaxSegmentRecordBytes || size > rest.size())
    return std::nullopt;
  const std::string_view body = rest.substr(0, size);
  if (Checksum(body) != checksum) return std::nullopt;
  std::optional<SegmentRecord> record = ParseBody(body);
  if (record) bytes = rest.substr(size);
  return record;
}

}  // namespace hearth::controller
