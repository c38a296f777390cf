// EventLoop is the one thread on which everything of an environment happens.
//
// Threads: Post and RunAndWait from any thread; the rest on the loop's own thread, where every task and callback runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace hearth::worker {

class EventLoop {
 public:
  virtual ~EventLoop() = default;
  virtual void Post(std::function<void()> task) = 0;
  virtual void PostAfter(std::chrono::milliseconds delay, std::function<void()> task) = 0;
  // Calls `ready` whenever `fd` has something to read (or its writers are gone), until Unwatch.
  virtual uint64_t WatchReadable(int fd, std::function<void()> ready) = 0;
  virtual void Unwatch(uint64_t watch) = 0;
  // From another thread: runs `task` on the loop and returns when it has run.
  virtual void RunAndWait(std::function<void()> task) = 0;
};

// Work that may wait (the launcher, the disk, the network), away from the loop.
class BlockingWork {
 public:
  virtual ~BlockingWork() = default;
  // Runs `work` on a thread that may wait, then `done` on the loop. False when too much waits already: neither runs.
  virtual bool Run(std::function<void()> work, std::function<void()> done) = 0;
};

}  // namespace hearth::worker
