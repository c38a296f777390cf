// ServerLoop is the I/O thread of the HttpServer that serves the Runtime API; PooledWork runs blocking work beside it.
//
// Threads: see EventLoop. The server has one I/O thread.
#pragma once

#include <future>
#include <utility>

#include "common/io/http_server.h"
#include "common/io/thread_pool.h"
#include "worker/environments/event_loop.h"

namespace hearth::worker {

class ServerLoop final : public EventLoop {
 public:
  explicit ServerLoop(HttpServer& server) : server_(server) {}
  void Post(std::function<void()> task) override { server_.Post(std::move(task)); }
  void PostAfter(std::chrono::milliseconds delay, std::function<void()> task) override {
    server_.PostAfter(delay, std::move(task));
  }
  uint64_t WatchReadable(int fd, std::function<void()> ready) override {
    return server_.WatchReadable(fd, std::move(ready));
  }
  void Unwatch(uint64_t watch) override { server_.Unwatch(watch); }
  void RunAndWait(std::function<void()> task) override {
    std::promise<void> ran;
    server_.Post([&] {
      task();
      ran.set_value();
    });
    ran.get_future().wait();
  }

 private:
  HttpServer& server_;
};

class PooledWork final : public BlockingWork {
 public:
  PooledWork(ThreadPool& threads, EventLoop& loop) : threads_(threads), loop_(loop) {}
  bool Run(std::function<void()> work, std::function<void()> done) override {
    const auto task = [this, work = std::move(work), done = std::move(done)] {
      work();
      loop_.Post(done);
    };
    return threads_.Submit(task).ok();
  }

 private:
  ThreadPool& threads_;
  EventLoop& loop_;
};

}  // namespace hearth::worker
