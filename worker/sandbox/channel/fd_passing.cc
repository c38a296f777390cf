#include "worker/sandbox/channel/fd_passing.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "common/errors.h"

namespace hearth::worker {
namespace {

constexpr size_t kControlBytes = CMSG_SPACE(sizeof(int) * kMaxPacketDescriptors);

absl::Status SocketStatus(std::string_view what) {
  switch (errno) {
    case EAGAIN:
      return absl::DeadlineExceededError(std::string(what) + ": no progress within the socket's time limit");
    case EPIPE:
    case ECONNRESET:
      return absl::UnavailableError(std::string(what) + ": the other end is closed");
    default:
      return ErrnoStatus(what);
  }
}

void TakeDescriptors(msghdr& header, std::vector<UniqueFd>& into) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      into.emplace_back(fd);
    }
  }
}

}  // namespace

absl::StatusOr<std::pair<UniqueFd, UniqueFd>> MakePacketPair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return ErrnoStatus("socketpair");
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

absl::Status SendPacket(int socket, std::string_view bytes, const std::vector<int>& descriptors) {
  if (bytes.empty() || bytes.size() > kMaxPacketBytes || descriptors.size() > kMaxPacketDescriptors) {
    return absl::InvalidArgumentError("a packet must hold 1 to 32768 bytes and at most 16 descriptors");
  }
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[kControlBytes] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!descriptors.empty()) {
    const size_t size = sizeof(int) * descriptors.size();
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(size);
    cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    if (rights == nullptr) return absl::InternalError("no room for descriptors");
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(rights), descriptors.data(), size);
  }
  while (sendmsg(socket, &header, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return SocketStatus("send packet");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Packet>> ReceivePacket(int socket) {
  Packet packet;
  packet.bytes.resize(kMaxPacketBytes);
  iovec part{packet.bytes.data(), packet.bytes.size()};
  alignas(cmsghdr) char control[kControlBytes];
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  ssize_t size;
  do {
    size = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno == ECONNRESET) return std::nullopt;
  if (size < 0) return SocketStatus("receive packet");
  TakeDescriptors(header, packet.descriptors);
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    return absl::OutOfRangeError("a packet was larger than the protocol allows");
  }
  if (size == 0) return std::nullopt;
  packet.bytes.resize(static_cast<size_t>(size));
  return packet;
}

}  // namespace hearth::worker
