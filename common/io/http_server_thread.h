// HttpServerThread is one I/O thread: an event loop with the listeners, connections, timers and watches that live on
// it.
//
// Threads: Post, through the door, from anywhere; everything else on the thread itself.
// Lifetime: the door outlives the thread, so that a late answer is dropped instead of queued for ever.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/io/http_server.h"
#include "common/mutex.h"

namespace hearth {

class HttpServerConnection;
class HttpServerListener;

// The way into a thread from outside.
class HttpServerDoor {
 public:
  explicit HttpServerDoor(boost::asio::io_context& context) : context_(&context) {}

  // Runs `task` on the thread soon; dropped when the thread has ended.
  template <class Task>
  void Post(Task task) {
    MutexLock lock(mutex_);
    if (context_ != nullptr) boost::asio::post(*context_, std::move(task));
  }
  bool IsCurrentThread() const { return current_ == this; }
  void Enter() { current_ = this; }
  void Close() {
    MutexLock lock(mutex_);
    context_ = nullptr;
  }

 private:
  static thread_local const HttpServerDoor* current_;
  Mutex mutex_;
  boost::asio::io_context* context_ GUARDED_BY(mutex_);
};

class HttpServerThread {
 public:
  HttpServerThread(std::shared_ptr<const HttpServerOptions> options, int index);
  ~HttpServerThread();
  HttpServerThread(const HttpServerThread&) = delete;
  HttpServerThread& operator=(const HttpServerThread&) = delete;

  void Run();   // starts the thread
  void Stop();  // closes everything and joins; from another thread

  const std::shared_ptr<HttpServerDoor>& door() const { return door_; }
  boost::asio::io_context& context() { return context_; }

  void AddListener(uint64_t id, std::shared_ptr<HttpServerListener> listener);
  void CloseListener(uint64_t id);
  void AddConnection(std::shared_ptr<HttpServerConnection> connection);
  void RemoveConnection(const std::shared_ptr<HttpServerConnection>& connection);

  void RunAfter(std::chrono::milliseconds delay, std::function<void()> task);
  void Watch(uint64_t id, int fd, std::function<void()> ready);
  void Unwatch(uint64_t id);

  // The time and the Date header as of the last tick: a few times a second is exact enough for both.
  MonotonicTime now() const { return now_; }
  const std::string& date() const { return date_; }
  // Room for one read; what is left of it after parsing a connection keeps for itself.
  char* scratch() { return scratch_.data(); }
  size_t scratch_bytes() const { return scratch_.size(); }

 private:
  struct Watched;
  void CloseEverything();
  void Tick();
  void ReadClock();
  static void WaitFor(const std::shared_ptr<Watched>& watched);

  const std::shared_ptr<const HttpServerOptions> options_;
  const std::string name_;
  const std::chrono::milliseconds tick_;
  boost::asio::io_context context_{1};
  const std::shared_ptr<HttpServerDoor> door_;
  RealClock clock_;  // of the wire: timeouts and the Date header, nothing a test would have to move

  // On the thread only.
  MonotonicTime now_;
  std::string date_;
  int64_t date_second_ = -1;
  std::vector<char> scratch_;
  boost::asio::steady_timer ticker_;
  std::map<uint64_t, std::shared_ptr<HttpServerListener>> listeners_;
  std::map<HttpServerConnection*, std::shared_ptr<HttpServerConnection>> connections_;
  std::map<uint64_t, std::shared_ptr<Watched>> watches_;

  std::thread thread_;
};

}  // namespace hearth
