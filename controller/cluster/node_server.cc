#include "controller/cluster/node_server.h"

#include <utility>

#include "common/errors.h"
#include "controller/cluster/artifact_call.h"
#include "controller/cluster/log_call.h"
#include "controller/cluster/session_call.h"

namespace hearth::controller {
namespace {

constexpr char kSessionMetadata[] = "hearth-session";

// Two pings may go unanswered before three seconds are over.
constexpr int kKeepalivePeriodMilliseconds = 1000;
constexpr int kKeepaliveTimeoutMilliseconds = 1500;
constexpr int kHandshakeTimeoutMilliseconds = 5000;
constexpr int kMaxMessageBytes = 8 << 20;

void SetArguments(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepalivePeriodMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kKeepalivePeriodMilliseconds / 4);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
}

// Answers a call nobody here takes.
class RefusedCall final : public rpc::Stream {
 public:
  RefusedCall(rpc::Poller& poller, std::unique_ptr<rpc::Call> call) : Stream(poller, std::move(call)) {}
  void Run(grpc::Status status) {
    FinishWhenDrained(std::move(status));
    Begin();
  }

 protected:
  void OnMessage(grpc::ByteBuffer) override {}
  void OnEnd(const grpc::Status&) override {}
  std::optional<grpc::ByteBuffer> NextWrite() override { return std::nullopt; }
};

std::string SessionOf(const grpc::ServerContext& context) {
  const auto it = context.client_metadata().find(kSessionMetadata);
  return it == context.client_metadata().end() ? "" : std::string(it->second.data(), it->second.size());
}

}  // namespace

class NodeServer::NextCall final : public rpc::Tag {
 public:
  explicit NextCall(NodeServer& server) : server_(server) {}

  void Ask() {
    call_ = std::make_unique<rpc::ServerCall>();
    server_.poller_->Publish();
    server_.service_.RequestCall(&call_->context, &call_->stream, server_.queue_.get(), server_.queue_.get(), this);
  }

  void Proceed(bool ok) override {
    if (!ok) return server_.poller_->Leave();  // the server stops
    std::unique_ptr<rpc::ServerCall> call = std::move(call_);
    Ask();
    server_.Route(std::move(call));
  }

 private:
  NodeServer& server_;
  std::unique_ptr<rpc::ServerCall> call_;
};

NodeServer::NodeServer(SessionTable& table, ThreadPool& blocking, NodeSessions::OpenArtifact open_artifact,
                       LogSink& log_sink)
    : table_(table), blocking_(blocking), open_artifact_(std::move(open_artifact)), log_sink_(log_sink) {}

NodeServer::~NodeServer() { Stop(); }

absl::StatusOr<std::string> NodeServer::Start(const std::string& address) {
  grpc::ServerBuilder builder;
  SetArguments(builder);
  builder.RegisterAsyncGenericService(&service_);
  connections_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, grpc::InsecureServerCredentials());
  queue_ = builder.AddCompletionQueue();
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return absl::InternalError("gRPC did not start its server");
  poller_ = std::make_unique<rpc::Poller>(*queue_);
  next_call_ = std::make_unique<NextCall>(*this);
  poller_->Enter();
  next_call_->Ask();
  poller_->Start();
  ASSIGN_OR_RETURN(acceptor_, ConnectionAcceptor::Listen(address, [this](UniqueFd connection, int listener) {
                     grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
                     parameters.listener_fd = listener;
                     parameters.fd = connection.release();
                     connections_->HandleNewConnection(&parameters);
                   }));
  return acceptor_->address();
}

void NodeServer::Stop() {
  acceptor_.reset();
  if (server_ == nullptr) return;
  server_->Shutdown(gpr_time_0(GPR_CLOCK_MONOTONIC));  // the past: every call is cancelled
  poller_->Stop();
  server_.reset();
}

void NodeServer::Route(std::unique_ptr<rpc::ServerCall> call) {
  const std::string& method = call->context.method();
  if (method == "/hearth.node.Node/Session") {
    return std::make_shared<SessionCall>(*poller_, std::move(call), table_)->Run();
  }
  const std::string session_id = SessionOf(call->context);
  const auto session = std::static_pointer_cast<SessionCall>(table_.Find(session_id));
  std::shared_ptr<ShippedLogs> logs = table_.LogsOf(session_id);
  if (session == nullptr || logs == nullptr) {
    return Refuse(std::move(call), {grpc::StatusCode::UNAUTHENTICATED, "no session of this name is alive"});
  }
  if (method == "/hearth.node.Node/FetchArtifact") {
    return std::make_shared<ArtifactCall>(*poller_, std::move(call), blocking_, open_artifact_)->Run();
  }
  if (method == "/hearth.node.Node/ShipLogs") {
    return std::make_shared<LogCall>(*poller_, std::move(call), blocking_, log_sink_, std::move(logs))->Run();
  }
  if (method == "/hearth.node.Node/Bulk") {
    if (!session->WantsBulk()) {
      return Refuse(std::move(call), {grpc::StatusCode::FAILED_PRECONDITION, "a session has one bulk stream"});
    }
    const auto bulk = std::make_shared<BulkCall>(*poller_, std::move(call), session);
    session->AttachBulk(bulk);
    return bulk->Run();
  }
  Refuse(std::move(call), {grpc::StatusCode::UNIMPLEMENTED, "the node service has no such method"});
}

void NodeServer::Refuse(std::unique_ptr<rpc::ServerCall> call, grpc::Status status) {
  std::make_shared<RefusedCall>(*poller_, std::move(call))->Run(std::move(status));
}

}  // namespace hearth::controller
