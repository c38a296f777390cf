// FrameReader reads the framed log records that runtime clients write to _LAMBDA_TELEMETRY_LOG_FD.
//
// Shapes:  frame = type (4 bytes, big-endian, 0xa55a….), length (4), microseconds since the epoch (8), message. One
// frame
//          is one event; a message over kMaxLogEventBytes comes in pieces. The frame's own time is not trusted.
// Errors:  after bytes that are no frame nothing can be found again: everything up to Reset is thrown away and counted.
// Threads: one.
// Source:  runtime.md §3 "Log pipe".
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace hearth::worker {

class FrameReader {
 public:
  using Sink = std::function<void(std::string_view event, uint32_t frame_type)>;
  explicit FrameReader(Sink sink) : sink_(std::move(sink)) {}

  void Feed(std::string_view bytes);
  // A new process writes from here on.
  void Reset();
  // Feeds whose bytes were no frames, since the last call.
  int64_t TakeDropped();

 private:
  static constexpr size_t kHeaderBytes = 16;

  std::string_view ReadHeader(std::string_view bytes);
  std::string_view ReadMessage(std::string_view bytes);

  const Sink sink_;
  std::string header_;
  std::string message_;
  uint32_t type_ = 0;
  uint32_t remaining_bytes_ = 0;
  bool in_message_ = false;
  bool lost_ = false;
  int64_t dropped_ = 0;
};

}  // namespace hearth::worker
