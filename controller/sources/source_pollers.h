// SourcePollers gives every enabled event source mapping its poller, and takes it away again.
//
// Threads: RunOnce and Wait by one thread (SourceThread, or a test); Wake from any. Stop waits until nothing is
// received
//          any more.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

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
  // No poller receives anything more; what runs is left to the invoker.
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

// Runs them on a thread of its own; the destructor waits until what it is doing is done.
class SourceThread {
 public:
  explicit SourceThread(SourcePollers& pollers) : pollers_(pollers), thread_([this] { Run(); }) {}
  ~SourceThread() {
    stopping_ = true;
    pollers_.Wake();
    thread_.join();
  }
  SourceThread(const SourceThread&) = delete;
  SourceThread& operator=(const SourceThread&) = delete;

 private:
  void Run() {
    while (!stopping_) {
      const std::optional<MonotonicTime> until = pollers_.RunOnce();
      if (stopping_) return;  // before waiting: RunOnce may have taken the wake-up of the destructor
      pollers_.Wait(until);
    }
  }

  SourcePollers& pollers_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace hearth::controller
