#include "worker/agent/channels.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

namespace hearth::worker {
namespace {

constexpr char kSessionMetadata[] = "hearth-session";

// Two pings may go unanswered before three seconds are over.
constexpr int kKeepalivePeriodMilliseconds = 1000;
constexpr int kKeepaliveTimeoutMilliseconds = 1500;
constexpr int kLongestRedialMilliseconds = 1000;
constexpr int kConnectTimeoutMilliseconds = 3000;
constexpr int kMaxMessageBytes = 8 << 20;

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepalivePeriodMilliseconds);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestRedialMilliseconds);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMilliseconds);
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

bool IsLocal(const std::string& address) {
  return address.starts_with("unix:") || address.starts_with("127.") || address.starts_with("localhost:") ||
         address.starts_with("[::1]:");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Channels>> Channels::To(const std::string& address) {
  if (!IsLocal(address)) {
    return absl::FailedPreconditionError(
        address +
        ": plain TCP beyond loopback is refused because the controller cannot be authenticated without mTLS, "
        "which a later release brings; use unix:/path or 127.0.0.1:port");
  }
  return std::unique_ptr<Channels>(new Channels(address));
}

Channels::Channels(const std::string& address)
    : session_(Connect(address)), bulk_(Connect(address)), other_(Connect(address)) {}

std::unique_ptr<rpc::ClientCall> Channels::Prepare(Use use, const std::string& method, const std::string& session_id,
                                                   rpc::Poller& poller) {
  auto call = std::make_unique<rpc::ClientCall>();
  call->context.set_wait_for_ready(true);
  if (!session_id.empty()) call->context.AddMetadata(kSessionMetadata, session_id);
  grpc::GenericStub& end = use == Use::kSession ? session_ : use == Use::kBulk ? bulk_ : other_;
  call->stream = end.PrepareCall(&call->context, "/hearth.node.Node/" + method, &poller.queue());
  return call;
}

}  // namespace hearth::worker
