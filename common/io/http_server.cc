#include "common/io/http_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/io/http_server_listener.h"
#include "common/io/http_server_quota.h"
#include "common/io/http_server_thread.h"

namespace hearth {
namespace {

constexpr int kBacklog = 4096;
constexpr std::string_view kUnixPrefix = "unix:";

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

absl::StatusOr<SocketAddress> ParseUnix(const std::string& path) {
  SocketAddress address;
  auto& local = reinterpret_cast<sockaddr_un&>(address.storage);
  if (path.empty() || path.size() >= sizeof(local.sun_path)) {
    return absl::InvalidArgumentError(
        absl::StrCat("unix:", path, ": a socket's path has 1 to ", sizeof(local.sun_path) - 1, " characters"));
  }
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.data(), path.size());
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

absl::StatusOr<SocketAddress> ParseInternet(const std::string& text) {
  const absl::Status bad = absl::InvalidArgumentError(
      absl::StrCat("cannot listen on ", text, ": not an address; write 127.0.0.1:9000, [::1]:9000 or unix:/path"));
  const size_t colon = text.rfind(':');
  int port = -1;
  if (colon == std::string::npos || !absl::SimpleAtoi(text.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return bad;
  }
  std::string host = text.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  SocketAddress address;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<uint16_t>(port));
    address.size = sizeof(v6);
    if (inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6.sin6_addr) != 1) return bad;
    return address;
  }
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(static_cast<uint16_t>(port));
  address.size = sizeof(v4);
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) != 1) return bad;
  return address;
}

// A socket file that nobody listens on is what a killed process left behind.
void RemoveStaleSocket(const std::string& path, const SocketAddress& address) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0 || !S_ISSOCK(facts.st_mode)) return;
  const UniqueFd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int result = connect(probe.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size);
  if (result != 0 && errno == ECONNREFUSED) unlink(path.c_str());
}

absl::StatusOr<UniqueFd> OpenListener(const std::string& text, const SocketAddress& address) {
  UniqueFd listener(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener.valid()) return ErrnoStatus(text);
  const int on = 1;
  if (address.storage.ss_family != AF_UNIX) setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
    return ErrnoStatus(absl::StrCat("cannot listen on ", text));
  }
  if (listen(listener.get(), kBacklog) != 0) return ErrnoStatus(absl::StrCat("cannot listen on ", text));
  return listener;
}

class Server final : public HttpServer {
 public:
  Server(HttpServerOptions options, HttpHandler handler)
      : options_(std::make_shared<const HttpServerOptions>(std::move(options))),
        handler_(std::move(handler)),
        quota_(std::make_shared<HttpServerQuota>(options_->max_connections, options_->max_connections_per_address,
                                                 options_->max_buffered_body_bytes)) {
    for (int i = 0; i < std::max(1, options_->threads); ++i) {
      threads_.push_back(std::make_unique<HttpServerThread>(options_, i));
    }
    for (const auto& thread : threads_) thread->Run();
  }

  ~Server() override {
    for (const auto& thread : threads_) thread->Stop();
    for (const std::string& path : socket_paths_) unlink(path.c_str());
  }

  absl::StatusOr<std::string> Listen(const std::string& text) override {
    const bool is_unix = absl::StartsWith(text, "unix:");
    const std::string path = is_unix ? text.substr(kUnixPrefix.size()) : "";
    ASSIGN_OR_RETURN(const SocketAddress address, is_unix ? ParseUnix(path) : ParseInternet(text));
    if (is_unix) RemoveStaleSocket(path, address);
    ASSIGN_OR_RETURN(UniqueFd listener, OpenListener(text, address));
    const std::string bound = HttpSocketAddress(listener.get());
    if (is_unix) {
      MutexLock lock(mutex_);
      socket_paths_.push_back(path);
    }
    HttpServerThread& acceptor = *threads_.front();
    Serve(acceptor, std::move(listener), MakeOrigin(handler_, /*adopted=*/false, bound), quota_,
          [this]() -> HttpServerThread& { return *threads_[next_thread_++ % threads_.size()]; });
    return bound;
  }

  absl::StatusOr<uint64_t> Adopt(UniqueFd listener, HttpHandler handler) override {
    const int flags = fcntl(listener.get(), F_GETFL);
    if (flags < 0 || fcntl(listener.get(), F_SETFL, flags | O_NONBLOCK) != 0) return ErrnoStatus("listening socket");
    HttpServerThread& thread = *threads_[next_thread_++ % threads_.size()];
    const std::string address = HttpSocketAddress(listener.get());
    const auto origin = MakeOrigin(std::move(handler), /*adopted=*/true, address);
    {
      MutexLock lock(mutex_);
      adopted_[origin->listener_id] = &thread;
    }
    const auto quota = std::make_shared<HttpServerQuota>(options_->max_connections_per_listener,
                                                         options_->max_connections_per_listener,
                                                         options_->max_buffered_body_bytes_per_adopted_listener);
    Serve(thread, std::move(listener), origin, quota, [&thread]() -> HttpServerThread& { return thread; });
    return origin->listener_id;
  }

  void Close(uint64_t adopted_listener) override {
    HttpServerThread* thread = nullptr;
    {
      MutexLock lock(mutex_);
      const auto it = adopted_.find(adopted_listener);
      if (it == adopted_.end()) return;
      thread = it->second;
      adopted_.erase(it);
    }
    thread->door()->Post([thread, adopted_listener] { thread->CloseListener(adopted_listener); });
  }

  void Post(std::function<void()> task) override { ThreadForTasks().door()->Post(std::move(task)); }

  void PostAfter(std::chrono::milliseconds delay, std::function<void()> task) override {
    HttpServerThread& thread = ThreadForTasks();
    if (thread.door()->IsCurrentThread()) return thread.RunAfter(delay, std::move(task));
    thread.door()->Post([&thread, delay, task = std::move(task)] { thread.RunAfter(delay, task); });
  }

  uint64_t WatchReadable(int fd, std::function<void()> ready) override {
    HttpServerThread* const thread = CurrentThread();
    if (thread == nullptr) std::abort();  // a bug of the caller: see the header
    const uint64_t id = ++last_id_;
    thread->Watch(id, fd, std::move(ready));
    return id;
  }

  void Unwatch(uint64_t watch) override {
    HttpServerThread* const thread = CurrentThread();
    if (thread == nullptr) std::abort();
    thread->Unwatch(watch);
  }

 private:
  std::shared_ptr<HttpServerOrigin> MakeOrigin(HttpHandler handler, bool adopted, const std::string& address) {
    auto origin = std::make_shared<HttpServerOrigin>();
    origin->listener_id = ++last_id_;
    origin->adopted = adopted;
    origin->options = options_;
    origin->handler = std::move(handler);
    origin->local_address = address;
    return origin;
  }

  static void Serve(HttpServerThread& thread, UniqueFd socket, const std::shared_ptr<HttpServerOrigin>& origin,
                    const std::shared_ptr<HttpServerQuota>& quota, HttpServerListener::NextThread next_thread) {
    thread.door()->Post([&thread, socket = std::move(socket), origin, quota, next = std::move(next_thread)]() mutable {
      thread.AddListener(origin->listener_id, std::make_shared<HttpServerListener>(thread, std::move(socket), origin,
                                                                                   quota, std::move(next)));
    });
  }

  HttpServerThread* CurrentThread() {
    for (const auto& thread : threads_) {
      if (thread->door()->IsCurrentThread()) return thread.get();
    }
    return nullptr;
  }

  HttpServerThread& ThreadForTasks() {
    HttpServerThread* const current = CurrentThread();
    return current != nullptr ? *current : *threads_.front();
  }

  const std::shared_ptr<const HttpServerOptions> options_;
  const HttpHandler handler_;
  const std::shared_ptr<HttpServerQuota> quota_;
  std::vector<std::unique_ptr<HttpServerThread>> threads_;  // fixed after construction
  std::atomic<size_t> next_thread_{0};
  std::atomic<uint64_t> last_id_{0};
  Mutex mutex_;
  std::map<uint64_t, HttpServerThread*> adopted_ GUARDED_BY(mutex_);
  std::vector<std::string> socket_paths_ GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<HttpServer> HttpServer::Start(HttpServerOptions options, HttpHandler handler) {
  return std::make_unique<Server>(std::move(options), std::move(handler));
}

}  // namespace hearth
