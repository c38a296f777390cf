#include "worker/agent/session_stream.h"

#include <utility>

#include "common/errors.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/rpc/byte_buffers.h"
#include "worker/agent/controller_link.h"

namespace hearth::worker {
namespace {

// Above what environments can have under way at once; the soft limit keeps it far lower.
constexpr size_t kMaxBulkOutboxBytes = size_t{16} << 30;

}  // namespace

class SessionStream::BulkStream final : public rpc::Stream {
 public:
  BulkStream(rpc::Poller& poller, std::unique_ptr<rpc::Call> call, std::shared_ptr<SessionStream> session)
      : Stream(poller, std::move(call)), session_(std::move(session)) {}
  void Run() { Dial(); }

 protected:
  void OnMessage(grpc::ByteBuffer message) override {
    const absl::Status status = session_->TakePiece(message);
    if (!status.ok()) session_->Break(status);
    ReadNext();
  }
  void OnEnd(const grpc::Status&) override { session_->Break(absl::UnavailableError("the bulk stream ended")); }
  std::optional<grpc::ByteBuffer> NextWrite() override { return session_->NextPiece(); }

 private:
  const std::shared_ptr<SessionStream> session_;
};

SessionStream::SessionStream(rpc::Poller& poller, Channels& channels, SessionOwner& owner, uint64_t number)
    : Stream(poller, channels.Prepare(Channels::Use::kSession, "Session", "", poller)),
      poller_(poller),
      channels_(channels),
      owner_(owner),
      number_(number),
      outbox_(kMaxOutboxBytes),
      bulk_outbox_(kMaxBulkOutboxBytes),
      invokes_(kMaxInvokeRequestBytes) {}

void SessionStream::OnBegin() {
  open_ = true;
  node::WorkerMessage message;
  *message.mutable_hello() = owner_.MakeHello();
  outbox_.PushFirst(message);
}

void SessionStream::Send(const node::WorkerMessage& message) {
  if (!open_) return;  // what happened until now is what Hello will say
  const absl::Status pushed = outbox_.Push(message);
  if (!pushed.ok()) return Cancel();  // a lost message would leave the two ends of different minds
  Wake();
}

void SessionStream::SendResult(node::InvocationResult result, const std::string& environment_id) {
  node::WorkerMessage message;
  std::shared_ptr<const std::string> bulk_payload;
  if (result.payload().size() > kInlinePayloadBytes) {
    bulk_payload = std::make_shared<const std::string>(std::move(*result.mutable_payload()));
    result.clear_payload();
    result.set_bulk_bytes(bulk_payload->size());
    if (result.environment_idle() && bulk_outbox_.waiting_bytes() > kBulkSoftLimitBytes) {
      result.set_environment_idle(false);
      MutexLock lock(mutex_);
      held_busy_.push_back(environment_id);
    }
  }
  const uint64_t id = result.invocation_id();
  *message.mutable_invocation_result() = std::move(result);
  Send(message);
  if (bulk_payload == nullptr) return;
  if (!bulk_outbox_.Push(id, std::move(bulk_payload)).ok()) return Cancel();
  WakeBulk();
}

void SessionStream::SendPiece(node::BulkChunk chunk) {
  if (!open_) return;
  rpc::BulkPiece piece;
  piece.invocation_id = chunk.invocation_id();
  piece.kind = static_cast<rpc::BulkKind>(chunk.response());
  piece.payload = std::make_shared<const std::string>(std::move(*chunk.mutable_data()));
  piece.size = piece.payload->size();
  if (!bulk_outbox_.PushPiece(std::move(piece)).ok()) return Cancel();
  WakeBulk();
}

void SessionStream::WakeBulk() {
  std::shared_ptr<BulkStream> bulk;
  {
    MutexLock lock(mutex_);
    bulk = bulk_;
  }
  if (bulk != nullptr) bulk->Wake();
}

std::optional<grpc::ByteBuffer> SessionStream::NextWrite() {
  std::optional<std::string> batch = outbox_.Take();
  if (!batch) return std::nullopt;
  return rpc::BufferOf(*std::move(batch));
}

std::optional<grpc::ByteBuffer> SessionStream::NextPiece() {
  const std::optional<rpc::BulkPiece> piece = bulk_outbox_.Take();
  if (bulk_outbox_.waiting_bytes() <= kBulkSoftLimitBytes) ReleaseHeld();
  if (!piece) return std::nullopt;
  return rpc::BufferOf(*piece);
}

void SessionStream::ReleaseHeld() {
  std::vector<std::string> idle;
  {
    MutexLock lock(mutex_);
    idle.swap(held_busy_);
  }
  for (std::string& environment_id : idle) {
    node::WorkerMessage message;
    message.mutable_environment_idle()->set_environment_id(std::move(environment_id));
    Send(message);
  }
}

void SessionStream::OnMessage(grpc::ByteBuffer message) {
  node::ControllerBatch batch;
  absl::Status status = rpc::ParseBuffer(message, batch);
  for (node::ControllerMessage& one : *batch.mutable_messages()) {
    if (status.ok()) status = Take(std::move(one));
  }
  if (!status.ok()) Break(status);
  ReadNext();
}

absl::Status SessionStream::Take(node::ControllerMessage message) {
  if (session_id_.empty() != message.has_welcome()) {
    return absl::InvalidArgumentError("a session begins with one Welcome");
  }
  if (message.has_welcome()) {
    Welcomed(message.welcome());
  } else if (message.has_invoke() && message.invoke().bulk_bytes() > 0) {
    ASSIGN_OR_RETURN(std::optional<node::Invoke> whole, invokes_.Add(std::move(*message.mutable_invoke())));
    Deliver(std::move(whole));
  } else {
    owner_.OnCommand(*this, std::move(message));
  }
  return absl::OkStatus();
}

void SessionStream::Welcomed(const node::Welcome& welcome) {
  session_id_ = welcome.session_id();
  const auto self = std::static_pointer_cast<SessionStream>(shared_from_this());
  const auto bulk = std::make_shared<BulkStream>(
      poller_, channels_.Prepare(Channels::Use::kBulk, "Bulk", session_id_, poller_), self);
  {
    MutexLock lock(mutex_);
    bulk_ = bulk;
  }
  bulk->Run();
  owner_.OnWelcome(*this);
}

absl::Status SessionStream::TakePiece(grpc::ByteBuffer& piece) {
  ASSIGN_OR_RETURN(std::optional<node::Invoke> whole, invokes_.Add(piece));
  Deliver(std::move(whole));
  return absl::OkStatus();
}

void SessionStream::Deliver(std::optional<node::Invoke> whole) {
  if (!whole) return;
  node::ControllerMessage message;
  *message.mutable_invoke() = *std::move(whole);
  owner_.OnCommand(*this, std::move(message));
}

void SessionStream::Break(const absl::Status& reason) {
  if (broken_.empty()) broken_ = std::string(reason.message());
  Cancel();
}

void SessionStream::OnEnd(const grpc::Status& status) {
  open_ = false;
  std::shared_ptr<BulkStream> bulk;
  {
    MutexLock lock(mutex_);
    bulk = std::move(bulk_);
  }
  if (bulk != nullptr) bulk->Cancel();
  owner_.OnSessionEnd(*this, broken_.empty() ? status.error_message() : broken_);
}

}  // namespace hearth::worker
