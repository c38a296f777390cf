#include "worker/logs/log_pump.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace hearth::worker {

LogPump::LogPump(int output_fd, int telemetry_fd, LogStream& stream, Clock& clock)
    : stream_(stream),
      clock_(clock),
      lines_([this](std::string_view event) { Take(event, LogRules::kNoFrame); }),
      frames_([this](std::string_view event, uint32_t frame_type) { Take(event, frame_type); }),
      output_{output_fd},
      telemetry_{telemetry_fd},
      refilled_at_(clock.Monotonic()) {}

LogPump::Turn LogPump::PumpOutput() {
  if (!RefillAllowance()) return Turn::kPaused;
  return Pump(output_, kReadBytes, [this](std::string_view bytes) { lines_.Feed(bytes); });
}

LogPump::Turn LogPump::PumpTelemetry() {
  if (!RefillAllowance()) return Turn::kPaused;
  const Turn turn = Pump(telemetry_, kReadBytes, [this](std::string_view bytes) { frames_.Feed(bytes); });
  if (const int64_t dropped = frames_.TakeDropped()) stream_.CountDropped(dropped);
  return turn;
}

bool LogPump::RefillAllowance() {
  const MonotonicTime now = clock_.Monotonic();
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - refilled_at_);
  if (elapsed.count() > 0) {
    refilled_at_ = now;
    allowance_bytes_ = std::min(kBurstBytes, allowance_bytes_ + elapsed.count() * kBytesPerSecond / 1000);
  }
  return allowance_bytes_ > 0;
}

void LogPump::Take(std::string_view event, uint32_t frame_type) {
  if (allowance_bytes_ < -kMaxDebtBytes) return stream_.CountDropped(1);
  allowance_bytes_ -= kEventCostBytes;
  stream_.Function(event, frame_type);
}

template <class Feed>
LogPump::Turn LogPump::Pump(Source& source, size_t limit_bytes, Feed feed) {
  if (source.closed) return Turn::kClosed;
  std::array<char, kReadBytes> buffer;
  const ssize_t got = read(source.fd, buffer.data(), std::min(limit_bytes, buffer.size()));
  if (got > 0) {
    allowance_bytes_ -= got;
    feed(std::string_view(buffer.data(), static_cast<size_t>(got)));
    return Turn::kDone;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Turn::kDone;
  source.closed = true;
  return Turn::kClosed;
}

void LogPump::Drain() {
  RefillAllowance();
  DrainOne(telemetry_, /*framed=*/true);
  DrainOne(output_, /*framed=*/false);
  lines_.Finish();
}

// What lies in the pipe at this moment and no more: a process that goes on writing cannot hold the invocation's end.
void LogPump::DrainOne(Source& source, bool framed) {
  int waiting = 0;
  if (source.closed || ioctl(source.fd, FIONREAD, &waiting) != 0) return;
  while (waiting > 0) {
    const auto feed = [&](std::string_view bytes) {
      waiting -= static_cast<int>(bytes.size());
      framed ? frames_.Feed(bytes) : lines_.Feed(bytes);
    };
    const int before = waiting;
    if (Pump(source, static_cast<size_t>(waiting), feed) != Turn::kDone || waiting == before) break;
  }
  if (const int64_t dropped = frames_.TakeDropped()) stream_.CountDropped(dropped);
}

void LogPump::Reset() {
  lines_.Finish();
  frames_.Reset();
}

}  // namespace hearth::worker
