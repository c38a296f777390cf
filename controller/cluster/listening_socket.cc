#include "controller/cluster/listening_socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <memory>

#include "common/errors.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr int kBacklog = 128;

// A path left behind by a killed process refuses connections; a live one does not.
absl::Status RemoveDeadSocket(const std::string& path, const sockaddr_un& address) {
  struct stat status = {};
  if (lstat(path.c_str(), &status) != 0) return errno == ENOENT ? absl::OkStatus() : ErrnoStatus(path);
  if (!S_ISSOCK(status.st_mode)) return absl::AlreadyExistsError(fmt::format("{} exists and is not a socket", path));
  const UniqueFd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!probe.valid()) return ErrnoStatus("socket");
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 || errno == EAGAIN) {
    return absl::AlreadyExistsError(fmt::format("another controller listens on {}", path));
  }
  return unlink(path.c_str()) == 0 || errno == ENOENT ? absl::OkStatus() : ErrnoStatus(path);
}

absl::StatusOr<ListeningSocket> ListenOnPath(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(
        fmt::format("\"{}\": a socket's path has 1 to {} bytes", path, sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  RETURN_IF_ERROR(RemoveDeadSocket(path, address));
  UniqueFd socket_fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_fd.valid()) return ErrnoStatus("socket");
  // Before bind, so that the path is never there with wider permissions. Source: unix(7), Linux's unix_bind.
  if (fchmod(socket_fd.get(), 0600) != 0) return ErrnoStatus("fchmod of a socket");
  if (bind(socket_fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(socket_fd.get(), kBacklog) != 0) {
    return ErrnoStatus(fmt::format("listening on {}", path));
  }
  return ListeningSocket{std::move(socket_fd), fmt::format("{}{}", kUnixPrefix, path), path};
}

bool IsLoopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    return ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr) >> 24 == 127;
  }
  return address->sa_family == AF_INET6 &&
         IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
}

absl::StatusOr<std::string> BoundAddress(int socket_fd, const std::string& host) {
  sockaddr_storage bound = {};
  socklen_t size = sizeof(bound);
  if (getsockname(socket_fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return ErrnoStatus("getsockname");
  const in_port_t port = bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port
                                                     : reinterpret_cast<const sockaddr_in*>(&bound)->sin_port;
  return fmt::format("{}:{}", host, ntohs(port));
}

absl::StatusOr<ListeningSocket> ListenOnPort(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size()) {
    return absl::InvalidArgumentError(fmt::format("\"{}\" is neither unix:/path nor host:port", address));
  }
  const std::string shown_host = address.substr(0, colon);
  std::string host = shown_host;
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found); error != 0) {
    return absl::InvalidArgumentError(fmt::format("{}: {}", address, gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  if (!IsLoopback(found->ai_addr)) {
    return absl::FailedPreconditionError(
        fmt::format("{}: plain TCP beyond loopback is refused because workers cannot be authenticated without mTLS, "
                    "which a later release brings; listen on unix:/path or 127.0.0.1:port",
                    address));
  }
  UniqueFd socket_fd(socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_fd.valid()) return ErrnoStatus("socket");
  const int on = 1;
  setsockopt(socket_fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(socket_fd.get(), found->ai_addr, found->ai_addrlen) != 0 || listen(socket_fd.get(), kBacklog) != 0) {
    return ErrnoStatus(fmt::format("listening on {}", address));
  }
  ASSIGN_OR_RETURN(std::string bound, BoundAddress(socket_fd.get(), shown_host));
  return ListeningSocket{std::move(socket_fd), std::move(bound), ""};
}

}  // namespace

absl::StatusOr<ListeningSocket> ListenOn(const std::string& address) {
  if (address.starts_with(kUnixPrefix)) return ListenOnPath(address.substr(kUnixPrefix.size()));
  return ListenOnPort(address);
}

}  // namespace hearth::controller
