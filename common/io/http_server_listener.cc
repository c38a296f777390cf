#include "common/io/http_server_listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/io/http_server_connection.h"
#include "common/log.h"

namespace hearth {
namespace {

namespace asio = boost::asio;

constexpr int kAcceptsPerWakeUp = 64;
constexpr std::chrono::milliseconds kRestWithoutDescriptors{50};
// A Unix socket's default buffer takes a 6 MiB body in dozens of wake-ups.
constexpr int kUnixSendBufferBytes = 4 * 1024 * 1024;

UniqueFd OpenSpare() { return UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

struct PeerName {
  std::string host;     // "127.0.0.1", "unix:"
  std::string address;  // "127.0.0.1:40112"
};

PeerName NameOf(const sockaddr_storage& storage, socklen_t size) {
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return {text, absl::StrCat(text, ":", ntohs(v4.sin_port))};
  }
  if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    return {text, absl::StrCat("[", text, "]:", ntohs(v6.sin6_port))};
  }
  const auto& local = reinterpret_cast<const sockaddr_un&>(storage);
  const bool named = size > offsetof(sockaddr_un, sun_path) && local.sun_path[0] != '\0';
  return {"unix:", named ? absl::StrCat("unix:", local.sun_path) : "unix:"};
}

void Prepare(int socket, int family) {
  const int on = 1;
  if (family == AF_UNIX) {
    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &kUnixSendBufferBytes, sizeof(kUnixSendBufferBytes));
    return;
  }
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));  // a parked request notices a host that vanished
}

}  // namespace

std::string HttpSocketAddress(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return "";
  return NameOf(storage, size).address;
}

HttpServerListener::HttpServerListener(HttpServerThread& thread, UniqueFd socket,
                                       std::shared_ptr<HttpServerOrigin> origin, std::shared_ptr<HttpServerQuota> quota,
                                       NextThread next_thread)
    : thread_(thread),
      origin_(std::move(origin)),
      quota_(std::move(quota)),
      next_thread_(std::move(next_thread)),
      socket_(thread.context()),
      rest_(thread.context()),
      spare_(OpenSpare()) {
  boost::system::error_code error;
  socket_.assign(socket.get(), error);
  if (error) {
    LogError("cannot watch a listening socket", {{"listener", origin_->local_address}, {"error", error.message()}});
  } else {
    socket.release();
  }
}

void HttpServerListener::Accept() {
  socket_.async_wait(asio::posix::descriptor_base::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (!error && !self->closed_) self->AcceptWaiting();
                     });
}

void HttpServerListener::Close() {
  closed_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
  rest_.cancel();
}

void HttpServerListener::AcceptWaiting() {
  for (int i = 0; i < kAcceptsPerWakeUp; ++i) {
    sockaddr_storage storage{};
    socklen_t size = sizeof(storage);
    UniqueFd connection(
        accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&storage), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.valid()) {
      const PeerName peer = NameOf(storage, size);
      Prepare(connection.get(), storage.ss_family);
      Admit(std::move(connection), peer.address, peer.host);
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return DropOneAndRest();
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    // Anything else is the fate of that one connection (ECONNABORTED, EPERM of a firewall …).
  }
  Accept();
}

void HttpServerListener::Admit(UniqueFd connection, const std::string& peer_address, const std::string& peer_host) {
  if (origin_->connections >= origin_->options->max_connections_per_listener) return;
  // An adopted listener is one tenant's: its addresses mean nothing beside those of another network namespace.
  const std::string host = origin_->adopted ? absl::StrCat("listener ", origin_->listener_id) : peer_host;
  std::optional<HttpServerQuota::Place> place = HttpServerQuota::TryTake(quota_, host);
  if (!place) return;
  HttpServerThread& thread = next_thread_();
  auto add = [&thread, origin = origin_, socket = std::move(connection), held = *std::move(place),
              peer_address]() mutable {
    thread.AddConnection(
        std::make_shared<HttpServerConnection>(thread, std::move(socket), origin, std::move(held), peer_address));
  };
  if (&thread == &thread_) {
    add();
  } else {
    thread.door()->Post(std::move(add));
  }
}

void HttpServerListener::DropOneAndRest() {
  LogWarn("no descriptors left for new connections", {{"listener", origin_->local_address}});
  spare_.reset();
  UniqueFd(accept4(socket_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC)).reset();
  spare_ = OpenSpare();
  rest_.expires_after(kRestWithoutDescriptors);
  rest_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && !self->closed_) self->AcceptWaiting();
  });
}

}  // namespace hearth
