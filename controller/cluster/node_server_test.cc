#include "controller/cluster/node_server.h"

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "common/rpc/byte_buffers.h"

namespace hearth::controller {
namespace {

class NoEvents final : public WorkerEvents {
 public:
  void OnWorkerJoined(const node::Hello&) override { ++joined; }
  void OnWorkerLost(const std::string&) override {
    ++lost;
    lost.notify_all();
  }
  void OnEnvironmentReady(const std::string&, const node::EnvironmentReady&) override {}
  void OnEnvironmentGone(const std::string&, const node::EnvironmentGone&) override {}
  void OnEnvironmentIdle(const std::string&, const node::EnvironmentIdle&) override {}
  void OnInvocationResult(const std::string&, node::InvocationResult) override {}
  void OnResponsePiece(const std::string&, node::BulkChunk) override {}
  void OnCapacity(const std::string&, const node::Capacity&) override {}
  // Returns once; a session that never ends is caught by the test's timeout.
  void AwaitLost() { lost.wait(0); }
  std::atomic<int> joined = 0, lost = 0;
};

class NoLogs final : public LogSink {
 public:
  absl::Status Append(const node::LogBatch&) override { return absl::OkStatus(); }
};

// A client that says whatever a test wants, one step at a time.
class RawCall {
 public:
  RawCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const std::string& session_id)
      : end_(channel) {
    if (!session_id.empty()) context_.AddMetadata("hearth-session", session_id);
    stream_ = end_.PrepareCall(&context_, method, &queue_);
    stream_->StartCall(this);
    Wait();
  }
  ~RawCall() {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  bool Write(grpc::ByteBuffer message) {
    stream_->Write(message, this);
    return Wait();
  }
  template <class Message>
  bool Read(Message& message) {
    grpc::ByteBuffer buffer;
    stream_->Read(&buffer, this);
    return Wait() && rpc::ParseBuffer(buffer, message).ok();
  }
  grpc::StatusCode End() {
    grpc::ByteBuffer ignored;
    do {
      stream_->Read(&ignored, this);
    } while (Wait());
    grpc::Status status;
    stream_->Finish(&status, this);
    Wait();
    return status.error_code();
  }

 private:
  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    return ok;
  }

  grpc::GenericStub end_;
  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
};

class NodeServerTest : public testing::Test {
 protected:
  NodeServerTest() {
    table_.Attach(events_);
    const absl::StatusOr<std::string> bound = server_.Start("127.0.0.1:0");
    EXPECT_TRUE(bound.ok()) << bound.status();
    channel_ = grpc::CreateChannel(*bound, grpc::InsecureChannelCredentials());
  }
  std::unique_ptr<RawCall> Open(const std::string& method, const std::string& session_id = "") {
    return std::make_unique<RawCall>(channel_, "/hearth.node.Node/" + method, session_id);
  }
  static grpc::ByteBuffer HelloBatch() {
    node::WorkerBatch batch;
    node::Hello& hello = *batch.add_messages()->mutable_hello();
    hello.set_worker_id("w");
    hello.set_epoch(1);
    hello.set_memory_bytes(1 << 30);
    return rpc::BufferOf(batch);
  }
  static std::string Welcome(RawCall& call) {
    EXPECT_TRUE(call.Write(HelloBatch()));
    node::ControllerBatch batch;
    EXPECT_TRUE(call.Read(batch));
    return batch.messages_size() == 1 ? batch.messages(0).welcome().session_id() : "";
  }

  SeededRandom random_{1};
  NoEvents events_;
  NoLogs logs_;
  SessionTable table_{random_};
  ThreadPool pool_{"test", 1, 100};
  NodeServer server_{table_, pool_, [](const std::string&) { return absl::NotFoundError("none"); }, logs_};
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(NodeServerTest, WithoutASessionNothingElseIsServed) {
  for (const char* method : {"Bulk", "FetchArtifact", "ShipLogs", "Anything"}) {
    EXPECT_EQ(Open(method)->End(), grpc::StatusCode::UNAUTHENTICATED) << method;
    EXPECT_EQ(Open(method, "0123456789abcdef")->End(), grpc::StatusCode::UNAUTHENTICATED) << method;
  }
}

TEST_F(NodeServerTest, AMethodThatDoesNotExistIsSaidSo) {
  const auto session = Open("Session");
  EXPECT_EQ(Open("Anything", Welcome(*session))->End(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(NodeServerTest, ASessionBeginsWithHello) {
  node::WorkerBatch batch;
  batch.add_messages()->mutable_environment_idle();
  const auto call = Open("Session");
  call->Write(rpc::BufferOf(batch));
  EXPECT_EQ(call->End(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(events_.joined, 0);
}

TEST_F(NodeServerTest, ASecondHelloEndsTheSession) {
  const auto call = Open("Session");
  Welcome(*call);
  call->Write(HelloBatch());
  EXPECT_EQ(call->End(), grpc::StatusCode::INVALID_ARGUMENT);
  events_.AwaitLost();
}

TEST_F(NodeServerTest, BytesThatAreNoMessageEndTheSession) {
  const auto call = Open("Session");
  Welcome(*call);
  call->Write(rpc::BufferOf(std::string(1000, '\xff')));
  EXPECT_EQ(call->End(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(NodeServerTest, ASecondBulkStreamIsRefused) {
  const auto session = Open("Session");
  const std::string id = Welcome(*session);
  const auto first = Open("Bulk", id);
  EXPECT_EQ(Open("Bulk", id)->End(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(NodeServerTest, ALyingPayloadEndsTheSession) {
  const auto session = Open("Session");
  const auto bulk = Open("Bulk", Welcome(*session));
  node::WorkerBatch batch;
  node::InvocationResult& result = *batch.add_messages()->mutable_invocation_result();
  result.set_invocation_id(1);
  result.set_bulk_bytes(uint64_t{1} << 40);
  session->Write(rpc::BufferOf(batch));
  EXPECT_EQ(session->End(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  events_.AwaitLost();
}

TEST_F(NodeServerTest, AMessageOverTheBoundEndsTheSession) {
  const auto call = Open("Session");
  Welcome(*call);
  call->Write(rpc::BufferOf(std::string(20 << 20, 'x')));
  EXPECT_NE(call->End(), grpc::StatusCode::OK);
  events_.AwaitLost();
}

}  // namespace
}  // namespace hearth::controller
