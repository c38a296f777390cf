// FakeLoop is an EventLoop a test turns by hand, on a FakeClock; FakeWork does blocking work when the test says so.
//
// Threads: one, the test's.
#pragma once

#include <poll.h>

#include <deque>
#include <functional>
#include <map>
#include <utility>

#include "common/clock.h"
#include "worker/environments/event_loop.h"

namespace hearth::worker {

class FakeLoop final : public EventLoop {
 public:
  explicit FakeLoop(FakeClock& clock) : clock_(clock) {}

  void Post(std::function<void()> task) override { posted_.push_back(std::move(task)); }
  void PostAfter(std::chrono::milliseconds delay, std::function<void()> task) override {
    delayed_.emplace(clock_.Monotonic() + delay, std::move(task));
  }
  uint64_t WatchReadable(int fd, std::function<void()> ready) override {
    watches_[++last_watch_] = {fd, std::move(ready)};
    return last_watch_;
  }
  void Unwatch(uint64_t watch) override { watches_.erase(watch); }
  void RunAndWait(std::function<void()> task) override { task(); }

  // Runs what is posted and what is readable until nothing is.
  void Run() {
    while (RunPosted() || RunReadable()) {
    }
  }

  // Lets time pass, running what comes due in its order.
  void Advance(std::chrono::nanoseconds by) {
    const MonotonicTime end = clock_.Monotonic() + by;
    Run();
    while (!delayed_.empty() && delayed_.begin()->first <= end) {
      auto due = delayed_.extract(delayed_.begin());
      if (due.key() > clock_.Monotonic()) clock_.Advance(due.key() - clock_.Monotonic());
      due.mapped()();
      Run();
    }
    if (end > clock_.Monotonic()) clock_.Advance(end - clock_.Monotonic());
  }

 private:
  bool RunPosted() {
    if (posted_.empty()) return false;
    const std::function<void()> task = std::move(posted_.front());
    posted_.pop_front();
    task();
    return true;
  }

  bool RunReadable() {
    for (const auto& [id, watch] : watches_) {
      pollfd poll_fd = {watch.first, POLLIN, 0};
      if (poll(&poll_fd, 1, 0) <= 0) continue;
      const std::function<void()> ready = watch.second;  // it may unwatch itself
      ready();
      return true;
    }
    return false;
  }

  FakeClock& clock_;
  std::deque<std::function<void()>> posted_;
  std::multimap<MonotonicTime, std::function<void()>> delayed_;
  std::map<uint64_t, std::pair<int, std::function<void()>>> watches_;
  uint64_t last_watch_ = 0;
};

class FakeWork final : public BlockingWork {
 public:
  explicit FakeWork(EventLoop& loop) : loop_(loop) {}

  bool Run(std::function<void()> work, std::function<void()> done) override {
    if (refuse) return false;
    waiting_.emplace_back(std::move(work), std::move(done));
    if (!hold) Finish();
    return true;
  }
  // Does what was held back.
  void Finish() {
    while (!waiting_.empty()) {
      auto [work, done] = std::move(waiting_.front());
      waiting_.pop_front();
      work();
      loop_.Post(std::move(done));
    }
  }

  bool hold = false;
  bool refuse = false;

 private:
  EventLoop& loop_;
  std::deque<std::pair<std::function<void()>, std::function<void()>>> waiting_;
};

}  // namespace hearth::worker
