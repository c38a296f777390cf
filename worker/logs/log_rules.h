// LogRules say in which format an environment's log is written, and which records are left out of it.
//
// Shapes:  levels leave something out in the JSON format only. A frame of a runtime client names its record's level;
// any
//          other record is a JSON object with "level" and "timestamp", or counts as INFO.
// Threads: a value type.
// Source:  semantics.md §8 "JSON format"; runtime.md §3 "Log pipe".
#pragma once

#include <cstdint>
#include <string_view>

#include "proto/node.pb.h"

namespace hearth::worker {

enum class EventLevel { kTrace, kDebug, kInfo, kWarn, kError, kFatal };

struct LogRules {
  static constexpr uint32_t kNoFrame = 0;

  bool json = false;
  EventLevel application = EventLevel::kTrace;
  EventLevel system = EventLevel::kTrace;

  static LogRules Of(const node::EnvironmentSpec& spec);

  // `frame_type` is the frame's, or kNoFrame for a line that came in none.
  bool KeepApplicationEvent(std::string_view event, uint32_t frame_type) const;
  bool KeepPlatformEvent(EventLevel level) const { return !json || level >= system; }
};

}  // namespace hearth::worker
