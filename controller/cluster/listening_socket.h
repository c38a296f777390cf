// ListenOn makes the listening socket of an address.
//
// Shapes:  "unix:/path" (mode 0600; a socket nobody listens on is replaced) or "host:port" with a loopback host.
// Errors:  InvalidArgument for a malformed address, FailedPrecondition beyond loopback, AlreadyExists for a path in
// use. Threads: no state.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace hearth::controller {

struct ListeningSocket {
  UniqueFd socket;
  std::string address;  // as bound: the port is real
  std::string path;     // of a Unix socket; else empty
};

absl::StatusOr<ListeningSocket> ListenOn(const std::string& address);

}  // namespace hearth::controller
