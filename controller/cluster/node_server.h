// NodeServer is the gRPC server of the node port: it accepts calls and gives each to the class that speaks its method.
//
// Threads: one poller thread for every call. Stop not from that thread.
// Source:  grpcpp/generic/async_generic_service.h; keepalive: grpc/impl/codegen/grpc_types.h.
#pragma once

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/io/thread_pool.h"
#include "common/rpc/poller.h"
#include "common/rpc/stream.h"
#include "controller/cluster/connection_acceptor.h"
#include "controller/cluster/node_sessions.h"
#include "controller/cluster/session_table.h"

namespace hearth::controller {

class NodeServer {
 public:
  NodeServer(SessionTable& table, ThreadPool& blocking, NodeSessions::OpenArtifact open_artifact, LogSink& log_sink);
  ~NodeServer();

  absl::StatusOr<std::string> Start(const std::string& address);
  void Stop();

 private:
  // The one outstanding request for the next call.
  class NextCall;

  void Route(std::unique_ptr<rpc::ServerCall> call);
  void Refuse(std::unique_ptr<rpc::ServerCall> call, grpc::Status status);

  SessionTable& table_;
  ThreadPool& blocking_;
  const NodeSessions::OpenArtifact open_artifact_;
  LogSink& log_sink_;

  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<rpc::Poller> poller_;
  std::unique_ptr<NextCall> next_call_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<ConnectionAcceptor> acceptor_;
};

}  // namespace hearth::controller
