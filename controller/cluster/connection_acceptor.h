// ConnectionAcceptor owns a listening socket and hands accepted connections on.
//
// gRPC does not own the socket because its own listener falls silent for ever after one "too many open files": here a
// spare descriptor lets the excess connection be taken and closed, and accepting goes on.
//
// Errors:  those of listening_socket.h.
// Threads: `take` runs on the acceptor's thread. The destructor stops it and removes the socket's path.
// Limits:  kMaxConnections, kMaxConnectionsPerAddress.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "common/unique_fd.h"
#include "controller/cluster/listening_socket.h"

namespace hearth::controller {

class ConnectionAcceptor {
 public:
  static constexpr size_t kMaxConnections = 4096;
  static constexpr size_t kMaxConnectionsPerAddress = 256;

  using Take = std::function<void(UniqueFd connection, int listener)>;

  static absl::StatusOr<std::unique_ptr<ConnectionAcceptor>> Listen(const std::string& address, Take take);
  ~ConnectionAcceptor();

  const std::string& address() const { return listener_.address; }

 private:
  // A connection handed on; its identity tells whether the descriptor is still that connection.
  struct Handed {
    int fd;
    std::string identity;
    std::string peer;
  };

  ConnectionAcceptor(ListeningSocket listener, UniqueFd stop, Take take);
  void Run();
  void AcceptOne();
  void ShedOne();
  bool HasRoomFor(const std::string& peer);
  size_t HandedTo(const std::string& peer) const;
  void ForgetClosed();
  void Pause();

  const ListeningSocket listener_;
  const UniqueFd stop_;  // an eventfd
  const Take take_;
  UniqueFd spare_;
  std::vector<Handed> handed_;
  std::thread thread_;
};

}  // namespace hearth::controller
