// The records of a log segment file, as bytes.
//
// Shapes:  u32 body bytes, u32 CRC-32 of the body, body; all numbers little-endian. A stream is named once per segment;
//          events refer to it by the order of its naming, counted from 0.
// Errors:  TakeRecord answers nullopt at the end and where bytes are torn or damaged.
// Threads: no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace hearth::controller {

enum class LogSource : uint8_t {
  kFunction = 1,
  kPlatform = 2,  // written by the worker or by the store itself: a function cannot forge it
  kApi = 3,       // PutLogEvents
};

struct StreamNamed {
  int64_t created_ms = 0;
  std::string_view name;
};

struct EventLogged {
  uint32_t stream = 0;
  LogSource source = LogSource::kFunction;
  int64_t time_ms = 0;
  int64_t ingestion_ms = 0;
  std::string_view text;
};

// Everything the stream held before is gone; it may be named again.
struct StreamDeleted {
  std::string_view name;
};

using SegmentRecord = std::variant<StreamNamed, EventLogged, StreamDeleted>;

inline constexpr size_t kMaxSegmentRecordBytes = size_t{2} << 20;

void AppendRecord(std::string& out, const SegmentRecord& record);
// Takes the record at the front of `bytes`; its texts point into them.
std::optional<SegmentRecord> TakeRecord(std::string_view& bytes);

}  // namespace hearth::controller
