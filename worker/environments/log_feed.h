// LogFeed keeps a sandbox's pipes flowing into its log stream, at the pace LogPump allows.
//
// Threads: the loop's.
#pragma once

#include <memory>

#include "common/clock.h"
#include "worker/environments/event_loop.h"
#include "worker/logs/log_pump.h"
#include "worker/sandbox/sandbox.h"

namespace hearth::worker {

class LogFeed {
 public:
  LogFeed(const Sandbox& sandbox, LogStream& stream, EventLoop& loop, Clock& clock);
  ~LogFeed();

  // Everything written so far is in the stream after this; see LogPump::Drain.
  void Drain() { pump_.Drain(); }
  void Reset() { pump_.Reset(); }

 private:
  struct Source {
    int fd;
    LogPump::Turn (LogPump::*pump)();
    uint64_t watch = 0;
  };

  void Watch(Source& source);
  void Unwatch(Source& source);
  void OnReadable(Source& source);

  EventLoop& loop_;
  LogPump pump_;
  Source output_;
  Source telemetry_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // a pause may outlive this
};

}  // namespace hearth::worker
