#include "common/io/http_server_thread.h"

#include <pthread.h>
#include <time.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/io/http_server_connection.h"
#include "common/io/http_server_listener.h"
#include "common/log.h"

namespace hearth {
namespace {

namespace asio = boost::asio;

constexpr size_t kScratchBytes = 256 * 1024;

// A tenth of the shortest timeout, within what is worth waking up for.
std::chrono::milliseconds TickOf(const HttpServerOptions& options) {
  std::chrono::milliseconds shortest = options.head_timeout;
  if (options.idle_timeout.count() > 0) shortest = std::min(shortest, options.idle_timeout);
  return std::clamp(shortest / 10, std::chrono::milliseconds(10), std::chrono::milliseconds(250));
}

std::string FormatHttpDate(int64_t unix_seconds) {
  const time_t seconds = static_cast<time_t>(unix_seconds);
  tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  return std::string(text, strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &utc));
}

}  // namespace

thread_local const HttpServerDoor* HttpServerDoor::current_ = nullptr;

struct HttpServerThread::Watched {
  asio::posix::stream_descriptor descriptor;
  std::function<void()> ready;
  bool ended = false;
};

HttpServerThread::HttpServerThread(std::shared_ptr<const HttpServerOptions> options, int index)
    : options_(std::move(options)),
      name_(absl::StrCat("http-", index)),
      tick_(TickOf(*options_)),
      door_(std::make_shared<HttpServerDoor>(context_)),
      scratch_(kScratchBytes),
      ticker_(context_) {}

HttpServerThread::~HttpServerThread() { Stop(); }

void HttpServerThread::Run() {
  ReadClock();
  thread_ = std::thread([this] {
    door_->Enter();
    Tick();
    context_.run();
  });
  pthread_setname_np(thread_.native_handle(), name_.c_str());
}

void HttpServerThread::Stop() {
  if (!thread_.joinable()) return;
  door_->Post([this] {
    CloseEverything();
    context_.stop();
  });
  thread_.join();
  door_->Close();
}

void HttpServerThread::CloseEverything() {
  for (const auto& [id, listener] : listeners_) listener->Close();
  listeners_.clear();
  while (!watches_.empty()) Unwatch(watches_.begin()->first);
  const auto open = std::exchange(connections_, {});
  for (const auto& [key, connection] : open) connection->Close();
}

void HttpServerThread::ReadClock() {
  now_ = clock_.Monotonic();
  const int64_t second = UnixMillis(clock_.Wall()) / 1000;
  if (!options_->send_date || second == date_second_) return;
  date_second_ = second;
  date_ = FormatHttpDate(second);
}

void HttpServerThread::Tick() {
  ReadClock();
  std::vector<std::shared_ptr<HttpServerConnection>> late;
  for (const auto& [key, connection] : connections_) {
    if (connection->IsLate(now_)) late.push_back(connection);
  }
  for (const auto& connection : late) connection->CutOff();
  ticker_.expires_after(tick_);
  ticker_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Tick();
  });
}

void HttpServerThread::AddListener(uint64_t id, std::shared_ptr<HttpServerListener> listener) {
  listener->Accept();
  listeners_[id] = std::move(listener);
}

void HttpServerThread::CloseListener(uint64_t id) {
  if (const auto listener = listeners_.find(id); listener != listeners_.end()) {
    listener->second->Close();
    listeners_.erase(listener);
  }
  std::vector<std::shared_ptr<HttpServerConnection>> closing;
  for (const auto& [key, connection] : connections_) {
    if (connection->listener_id() == id) closing.push_back(connection);
  }
  for (const auto& connection : closing) connection->Close();
}

void HttpServerThread::AddConnection(std::shared_ptr<HttpServerConnection> connection) {
  HttpServerConnection& added = *connection;
  connections_.emplace(&added, std::move(connection));
  added.Start();
}

void HttpServerThread::RemoveConnection(const std::shared_ptr<HttpServerConnection>& connection) {
  connections_.erase(connection.get());
}

void HttpServerThread::RunAfter(std::chrono::milliseconds delay, std::function<void()> task) {
  const auto timer = std::make_shared<asio::steady_timer>(context_, delay);
  timer->async_wait([timer, task = std::move(task)](const boost::system::error_code& error) {
    if (!error) task();
  });
}

void HttpServerThread::Watch(uint64_t id, int fd, std::function<void()> ready) {
  const auto watched =
      std::make_shared<Watched>(Watched{asio::posix::stream_descriptor(context_, fd), std::move(ready), false});
  watches_[id] = watched;
  WaitFor(watched);
}

void HttpServerThread::WaitFor(const std::shared_ptr<Watched>& watched) {
  watched->descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                                 [watched](const boost::system::error_code& error) {
                                   if (watched->ended) return;
                                   if (error) {
                                     LogError("cannot watch a descriptor", {{"error", error.message()}});
                                     return;
                                   }
                                   watched->ready();
                                   if (!watched->ended) WaitFor(watched);
                                 });
}

void HttpServerThread::Unwatch(uint64_t id) {
  const auto it = watches_.find(id);
  if (it == watches_.end()) return;
  it->second->ended = true;
  it->second->descriptor.release();  // the caller's to close
  watches_.erase(it);
}

}  // namespace hearth
