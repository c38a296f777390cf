// Packets with file descriptors over a SOCK_SEQPACKET socket: one message is one packet, whole or not at all.
//
// Shapes:  at most kMaxPacketBytes and kMaxPacketDescriptors each; received descriptors are close-on-exec.
// Errors:  DeadlineExceeded when the socket's SO_RCVTIMEO or SO_SNDTIMEO ran out; Unavailable when the peer is gone.
// Threads: no state; one packet is atomic.
// Source:  unix(7), SCM_RIGHTS.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace hearth::worker {

inline constexpr size_t kMaxPacketBytes = 32 * 1024;
inline constexpr size_t kMaxPacketDescriptors = 16;

struct Packet {
  std::string bytes;
  std::vector<UniqueFd> descriptors;
};

absl::StatusOr<std::pair<UniqueFd, UniqueFd>> MakePacketPair();

absl::Status SendPacket(int socket, std::string_view bytes, const std::vector<int>& descriptors = {});
// Nothing when the other end is closed.
absl::StatusOr<std::optional<Packet>> ReceivePacket(int socket);

}  // namespace hearth::worker
