// LineSplitter cuts a byte stream into log events at newlines.
//
// Shapes:  events come without their newline; a line over kMaxLogEventBytes comes in pieces, cut between characters.
// Threads: one.
// Limits:  buffers at most kMaxLogEventBytes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace hearth::worker {

inline constexpr size_t kMaxLogEventBytes = 256 * 1024;  // CloudWatch Logs' bound of one event

class LineSplitter {
 public:
  using Sink = std::function<void(std::string_view event)>;
  explicit LineSplitter(Sink sink) : sink_(std::move(sink)) {}

  void Feed(std::string_view bytes);
  // Gives out a line that has not ended yet.
  void Finish();

 private:
  void Take(std::string_view bytes);

  const Sink sink_;
  std::string partial_;
};

}  // namespace hearth::worker
