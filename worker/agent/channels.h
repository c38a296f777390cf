// Channels are the worker's connections to the controller: one for the session, one for payloads, one for the rest, so
// that bytes of one kind never wait in the socket behind another.
//
// Threads: any thread.
// Source:  keepalive: grpc/impl/codegen/grpc_types.h.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/stream.h"

namespace hearth::worker {

class Channels {
 public:
  // FailedPrecondition for an address beyond loopback.
  static absl::StatusOr<std::unique_ptr<Channels>> To(const std::string& address);

  enum class Use { kSession, kBulk, kOther };
  // A call ready to be dialled; with a session id, it is named in the metadata. Waits for the connection.
  std::unique_ptr<rpc::ClientCall> Prepare(Use use, const std::string& method, const std::string& session_id,
                                           rpc::Poller& poller);

 private:
  explicit Channels(const std::string& address);

  grpc::GenericStub session_;
  grpc::GenericStub bulk_;
  grpc::GenericStub other_;
};

}  // namespace hearth::worker
