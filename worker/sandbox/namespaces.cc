#include "worker/sandbox/namespaces.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "common/errors.h"
#include "common/limits.h"

namespace hearth::worker {
namespace {

// One runtime and a few extensions connect; what does not fit waits in the kernel and connects later.
constexpr int kListenBacklog = 128;

// IPv6 doubles the surface and serves nobody here. A kernel without it has no such file.
absl::Status TurnOffIpv6() {
  for (const char* name : {"all", "default"}) {
    const std::string path = std::string("/proc/sys/net/ipv6/conf/") + name + "/disable_ipv6";
    const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.valid() && errno == ENOENT) return absl::OkStatus();
    if (!file.valid() || write(file.get(), "1", 1) != 1) return ErrnoStatus(path);
  }
  return absl::OkStatus();
}

absl::Status BringLoopbackUp(int socket) {
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP;
  if (ioctl(socket, SIOCSIFFLAGS, &request) != 0) return ErrnoStatus("bring loopback up");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<UniqueFd> EnterNewNetwork() {
  if (unshare(CLONE_NEWNET) != 0) return ErrnoStatus("unshare the network namespace");
  RETURN_IF_ERROR(TurnOffIpv6());
  UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener.valid()) return ErrnoStatus("socket");
  RETURN_IF_ERROR(BringLoopbackUp(listener.get()));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kRuntimeApiPort);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return ErrnoStatus("bind 127.0.0.1:9001");
  }
  if (listen(listener.get(), kListenBacklog) != 0) return ErrnoStatus("listen on 127.0.0.1:9001");
  return listener;
}

absl::Status HideCgroups() {
  if (unshare(CLONE_NEWCGROUP) != 0) return ErrnoStatus("unshare the cgroup namespace");
  return absl::OkStatus();
}

absl::Status NameHost(const char* hostname) {
  if (sethostname(hostname, std::strlen(hostname)) != 0) return ErrnoStatus("sethostname");
  return absl::OkStatus();
}

}  // namespace hearth::worker
