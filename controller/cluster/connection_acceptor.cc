#include "controller/cluster/connection_acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "common/errors.h"
#include "common/log.h"

namespace hearth::controller {
namespace {

constexpr int kPauseMilliseconds = 10;

UniqueFd OpenSpare() { return UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

std::string PeerOf(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr, text, sizeof(text));
  } else if (address.ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr, text, sizeof(text));
  }
  return text;
}

// "socket:[12345]", unique while it is open. Read by its path: the descriptor belongs to somebody else by now.
std::string IdentityOf(int fd) {
  char text[64];
  const ssize_t size = readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), text, sizeof(text));
  return size < 0 ? std::string() : std::string(text, static_cast<size_t>(size));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ConnectionAcceptor>> ConnectionAcceptor::Listen(const std::string& address, Take take) {
  ASSIGN_OR_RETURN(ListeningSocket listener, ListenOn(address));
  UniqueFd stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.valid()) return ErrnoStatus("eventfd");
  return std::unique_ptr<ConnectionAcceptor>(
      new ConnectionAcceptor(std::move(listener), std::move(stop), std::move(take)));
}

ConnectionAcceptor::ConnectionAcceptor(ListeningSocket listener, UniqueFd stop, Take take)
    : listener_(std::move(listener)),
      stop_(std::move(stop)),
      take_(std::move(take)),
      spare_(OpenSpare()),
      thread_(&ConnectionAcceptor::Run, this) {}

ConnectionAcceptor::~ConnectionAcceptor() {
  eventfd_write(stop_.get(), 1);
  thread_.join();
  if (!listener_.path.empty()) unlink(listener_.path.c_str());
}

void ConnectionAcceptor::Run() {
  pollfd watched[] = {{listener_.socket.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
  for (;;) {
    if (poll(watched, 2, -1) < 0 && errno != EINTR) {
      LogError("the node listener stopped", {{"reason", std::string(ErrnoStatus("poll").message())}});
      return;
    }
    if (watched[1].revents != 0) return;
    if (watched[0].revents != 0) AcceptOne();
  }
}

void ConnectionAcceptor::AcceptOne() {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  UniqueFd connection(
      accept4(listener_.socket.get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!connection.valid()) {
    if (errno == EMFILE || errno == ENFILE) return ShedOne();
    if (errno == ENOBUFS || errno == ENOMEM) Pause();
    return;  // anything else concerns the one connection: accept(2), "Error handling"
  }
  const std::string peer = PeerOf(address);
  if (!HasRoomFor(peer)) return;
  handed_.push_back({connection.get(), IdentityOf(connection.get()), peer});
  take_(std::move(connection), listener_.socket.get());
}

// No descriptor is left: give the spare one up for the time it takes to close the connection that knocks.
void ConnectionAcceptor::ShedOne() {
  spare_.reset();
  { const UniqueFd shed(accept4(listener_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
  spare_ = OpenSpare();
  LogWarn("a node connection was refused", {{"reason", "no file descriptor is left"}});
  Pause();
}

bool ConnectionAcceptor::HasRoomFor(const std::string& peer) {
  if (handed_.size() < kMaxConnections && HandedTo(peer) < kMaxConnectionsPerAddress) return true;
  ForgetClosed();
  return handed_.size() < kMaxConnections && HandedTo(peer) < kMaxConnectionsPerAddress;
}

size_t ConnectionAcceptor::HandedTo(const std::string& peer) const {
  return static_cast<size_t>(
      std::count_if(handed_.begin(), handed_.end(), [&peer](const Handed& handed) { return handed.peer == peer; }));
}

void ConnectionAcceptor::ForgetClosed() {
  std::erase_if(handed_, [](const Handed& handed) { return IdentityOf(handed.fd) != handed.identity; });
}

// A stop ends it early; the next poll sees it too.
void ConnectionAcceptor::Pause() {
  pollfd stop = {stop_.get(), POLLIN, 0};
  poll(&stop, 1, kPauseMilliseconds);
}

}  // namespace hearth::controller
