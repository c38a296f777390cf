#include "worker/environments/log_feed.h"

#include <utility>

namespace hearth::worker {

LogFeed::LogFeed(const Sandbox& sandbox, LogStream& stream, EventLoop& loop, Clock& clock)
    : loop_(loop),
      pump_(sandbox.output_pipe(), sandbox.telemetry_pipe(), stream, clock),
      output_{sandbox.output_pipe(), &LogPump::PumpOutput},
      telemetry_{sandbox.telemetry_pipe(), &LogPump::PumpTelemetry} {
  Watch(output_);
  Watch(telemetry_);
}

LogFeed::~LogFeed() {
  Unwatch(output_);
  Unwatch(telemetry_);
}

void LogFeed::Watch(Source& source) {
  source.watch = loop_.WatchReadable(source.fd, [this, &source] { OnReadable(source); });
}

void LogFeed::Unwatch(Source& source) {
  if (source.watch != 0) loop_.Unwatch(std::exchange(source.watch, 0));
}

void LogFeed::OnReadable(Source& source) {
  switch ((pump_.*source.pump)()) {
    case LogPump::Turn::kDone:
      return;
    case LogPump::Turn::kClosed:
      return Unwatch(source);
    case LogPump::Turn::kPaused:
      Unwatch(source);
      loop_.PostAfter(LogPump::kPause, [this, &source, alive = std::weak_ptr<bool>(alive_)] {
        if (!alive.expired()) Watch(source);
      });
      return;
  }
}

}  // namespace hearth::worker
