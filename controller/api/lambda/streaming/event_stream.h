// Event-stream framing of AWS: one binary message after another, each with checksums of its own.
//
// Shapes:  application/vnd.amazon.eventstream; integers are big-endian, headers are strings (type 7).
// Threads: pure functions.
// Source:  api.md "Event-stream encoding".
#pragma once

#include <string>
#include <string_view>

namespace hearth::controller {

inline constexpr char kEventStreamType[] = "application/vnd.amazon.eventstream";

// Precondition: names and types have at most 255 bytes.
std::string EventStreamMessage(std::string_view event_type, std::string_view content_type, std::string_view payload);

}  // namespace hearth::controller
