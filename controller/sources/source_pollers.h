// SourcePollers gives every enabled event source mapping its poller, and takes it away again.
//
// Threads: RunOnce and Wait by one thread (a WorkThread, or a test); Wake from any. Stop by whoever ended that thread.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controller/sources/event_sources.h"
#include "controller/sources/queue_poller.h"

namespace hearth::controller {

class SourcePollers {
 public:
  SourcePollers(EventSources& sources, PollerServices services);
  ~SourcePollers() { Stop(); }

  // Follows what changed and goes on with what waited; answers until when there is nothing to do.
  std::optional<MonotonicTime> RunOnce();
  void Wait(std::optional<MonotonicTime> until);
  void Wake();
  // No poller begins to receive any more, and waits for nothing: what runs is left to the invoker.
  void Stop();

 private:
  struct Running {
    std::shared_ptr<QueuePoller> poller;
    std::string source;  // serialised: what it was made from
    bool stopping = false;
  };

  void Follow(const SourceView& view);
  void Start(const SourceView& view, Running& running);

  EventSources& sources_;
  const PollerServices services_;
  std::map<std::string, Running> running_;  // "account/id"; of the thread that runs RunOnce

  Mutex mutex_;
  std::condition_variable happened_;
  bool woken_ GUARDED_BY(mutex_) = false;
};

}  // namespace hearth::controller
