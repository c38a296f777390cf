// LogPump moves what a sandbox writes (output pipe, telemetry pipe) into its log stream.
//
// Shapes:  both descriptors are non-blocking and stay owned by the sandbox.
// Errors:  a descriptor that fails or whose writers are gone is reported once as kClosed and read no more.
// Threads: one at a time.
// Limits:  kReadBytes per turn, so that one noisy function cannot hold the thread. A pace of kBytesPerSecond with a
// burst
//          of kBurstBytes, each event costing kEventCostBytes more: past it the pump pauses, the pipe fills and the
//          function waits in write(2); nothing is lost. Drain cannot wait: past kMaxDebtBytes it drops and counts, as
//          the pump does with what is no frame.
#pragma once

#include <chrono>

#include "common/clock.h"
#include "worker/logs/frame_reader.h"
#include "worker/logs/line_splitter.h"
#include "worker/logs/log_stream.h"

namespace hearth::worker {

class LogPump {
 public:
  LogPump(int output_fd, int telemetry_fd, LogStream& stream, Clock& clock);

  enum class Turn { kDone, kPaused, kClosed };  // kPaused: do not call again before kPause has passed
  static constexpr std::chrono::milliseconds kPause{50};

  Turn PumpOutput();
  Turn PumpTelemetry();

  // Reads what both pipes hold now (at most their capacity), whatever the pace, and ends a line left open: what the
  // function wrote before its answer comes before END.
  void Drain();

  // A new process writes from here on.
  void Reset();

 private:
  static constexpr size_t kReadBytes = 16 * 1024;
  static constexpr int64_t kBytesPerSecond = 4 << 20;
  static constexpr int64_t kBurstBytes = 8 << 20;
  static constexpr int64_t kEventCostBytes = 128;  // a record costs that much work even when it is empty
  static constexpr int64_t kMaxDebtBytes = 1 << 20;

  struct Source {
    int fd;
    bool closed = false;
  };

  template <class Feed>
  Turn Pump(Source& source, size_t limit_bytes, Feed feed);
  bool RefillAllowance();
  void Take(std::string_view event, uint32_t frame_type);
  void DrainOne(Source& source, bool framed);

  LogStream& stream_;
  Clock& clock_;
  LineSplitter lines_;
  FrameReader frames_;
  Source output_;
  Source telemetry_;
  int64_t allowance_bytes_ = kBurstBytes;
  MonotonicTime refilled_at_;
};

}  // namespace hearth::worker
