// What one asks of a log group and what it answers: values only.
//
// Shapes:  times are Unix milliseconds. A position orders events: by time, then by the order they arrived in.
// Threads: value types.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/observe/log_filter_pattern.h"
#include "controller/observe/log_record.h"

namespace hearth::controller {

struct LogPosition {
  int64_t time_ms = 0;
  uint64_t sequence = 0;
  auto operator<=>(const LogPosition&) const = default;
};

struct LogEvent {
  LogPosition position;  // unique in its group
  int64_t ingestion_ms = 0;
  LogSource source = LogSource::kFunction;
  std::string stream;
  std::string message;
};

struct NewLogEvent {
  int64_t time_ms = 0;
  LogSource source = LogSource::kFunction;
  std::string_view message;
};

struct LogEventQuery {
  std::optional<std::vector<std::string>> streams{};  // absent: all
  std::string stream_prefix{};
  int64_t start_ms = std::numeric_limits<int64_t>::min();  // inclusive
  int64_t end_ms = std::numeric_limits<int64_t>::max();    // inclusive
  std::optional<LogPosition> after{};                      // exclusive
  std::optional<LogPosition> before{};                     // exclusive
  bool newest = false;                                     // the last `limit` events instead of the first
  size_t limit = 10000;
  LogFilterPattern pattern{};
};

struct LogEventPage {
  std::vector<LogEvent> events;  // in order of position
  bool more = false;             // there may be more on the side the limit cut off
};

enum class LogStreamOrder { kName, kLastEventTime };

struct LogStreamKey {
  int64_t last_event_ms = 0;  // kLastEventTime only
  std::string name;
  auto operator<=>(const LogStreamKey&) const = default;
};

struct LogStreamQuery {
  std::string prefix{};
  LogStreamOrder order = LogStreamOrder::kName;
  bool descending = false;
  std::optional<LogStreamKey> after{};  // exclusive, in the direction asked for
  size_t limit = 50;
};

struct LogStreamInfo {
  std::string name;
  int64_t created_ms = 0;
  std::optional<int64_t> first_event_ms{};
  std::optional<int64_t> last_event_ms{};
  std::optional<int64_t> last_ingestion_ms{};
};

struct LogStreamPage {
  std::vector<LogStreamInfo> streams;
  std::optional<LogStreamKey> next;
};

using LogTags = std::map<std::string, std::string, std::less<>>;

struct LogGroupInfo {
  std::string name;
  int64_t created_ms = 0;
  int retention_days = 0;  // 0: for ever
  int64_t stored_bytes = 0;
  LogTags tags;
};

// EventSelection keeps the `limit` first (or last) events it is shown, within kMaxPageBytes.
class EventSelection {
 public:
  static constexpr size_t kMaxPageBytes = size_t{1} << 20;  // of messages, as on AWS

  explicit EventSelection(const LogEventQuery& query) : query_(query) {}

  // Whether events with times from min_ms to max_ms can still get in.
  bool Wants(int64_t min_ms, int64_t max_ms) const;
  void Offer(LogPosition position, std::string_view stream, const EventLogged& event);
  LogEventPage Finish();

 private:
  bool InRange(LogPosition position) const;
  bool PastCutoff(LogPosition position) const {
    return cutoff_ && (query_.newest ? position <= *cutoff_ : position >= *cutoff_);
  }

  const LogEventQuery& query_;
  std::map<LogPosition, LogEvent> events_;
  size_t bytes_ = 0;
  std::optional<LogPosition> cutoff_;  // the best event that found no room: nothing beyond it may come in any more
};

}  // namespace hearth::controller
