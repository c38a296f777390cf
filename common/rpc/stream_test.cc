#include "common/rpc/stream.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/rpc/byte_buffers.h"

namespace hearth::rpc {
namespace {

bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 5000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return condition();
}

std::string TextOf(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  EXPECT_TRUE(buffer.DumpToSingleSlice(&slice).ok());
  return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

// Sends what it is given and keeps what it gets.
class Speaker final : public Stream {
 public:
  Speaker(Poller& poller, std::unique_ptr<Call> call) : Stream(poller, std::move(call)) {}
  void RunServer() { Begin(); }
  void RunClient() { Dial(); }

  void Say(const std::string& text) {
    {
      MutexLock lock(mutex_);
      outbox_.push_back(text);
    }
    Wake();
  }
  std::vector<std::string> heard() const {
    MutexLock lock(mutex_);
    return heard_;
  }
  std::atomic<int> ends = 0;
  grpc::StatusCode code = grpc::StatusCode::UNKNOWN;

 protected:
  void OnMessage(grpc::ByteBuffer message) override {
    {
      MutexLock lock(mutex_);
      heard_.push_back(TextOf(message));
    }
    ReadNext();
  }
  void OnEnd(const grpc::Status& status) override {
    code = status.error_code();
    ++ends;
  }
  std::optional<grpc::ByteBuffer> NextWrite() override {
    MutexLock lock(mutex_);
    if (outbox_.empty()) return std::nullopt;
    grpc::ByteBuffer next = BufferOf(outbox_.front());
    outbox_.pop_front();
    return next;
  }

 private:
  mutable Mutex mutex_;
  std::deque<std::string> outbox_;
  std::vector<std::string> heard_;
};

class StreamTest : public testing::Test, private Tag {
 protected:
  StreamTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterAsyncGenericService(&service_);
    server_queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    server_poller_ = std::make_unique<Poller>(*server_queue_);
    call_ = std::make_unique<ServerCall>();
    server_poller_->Enter();
    service_.RequestCall(&call_->context, &call_->stream, server_queue_.get(), server_queue_.get(),
                         static_cast<Tag*>(this));
    server_poller_->Start();
    client_poller_.Start();
    auto call = std::make_unique<ClientCall>();
    grpc::GenericStub end(grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
    call->stream = end.PrepareCall(&call->context, "/test/Speak", &client_queue_);
    near_ = std::make_shared<Speaker>(client_poller_, std::move(call));
    near_->RunClient();
    EXPECT_TRUE(Eventually([this] { return arrived_.load(); }));
  }
  ~StreamTest() override {
    near_->Cancel();
    near_.reset();
    far_.reset();
    client_poller_.Stop();
    server_->Shutdown(gpr_time_0(GPR_CLOCK_MONOTONIC));
    server_poller_->Stop();
  }
  void Proceed(bool ok) override {
    if (ok) {
      far_ = std::make_shared<Speaker>(*server_poller_, std::move(call_));
      far_->RunServer();
    }
    arrived_ = true;
    server_poller_->Leave();
  }

  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> server_queue_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Poller> server_poller_;
  grpc::CompletionQueue client_queue_;
  Poller client_poller_{client_queue_};
  std::unique_ptr<ServerCall> call_;
  std::atomic<bool> arrived_ = false;
  std::shared_ptr<Speaker> near_, far_;
};

TEST_F(StreamTest, MessagesArriveInOrderBothWays) {
  std::vector<std::string> said;
  for (int i = 0; i < 1000; ++i) said.push_back(std::to_string(i));
  for (const std::string& text : said) {
    near_->Say(text);
    far_->Say(text);
  }
  EXPECT_TRUE(Eventually([&] { return far_->heard().size() == said.size() && near_->heard().size() == said.size(); }));
  EXPECT_EQ(far_->heard(), said);
  EXPECT_EQ(near_->heard(), said);
}

TEST_F(StreamTest, ThreadsThatSpeakTogetherLoseNothing) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < 500; ++n) near_->Say("x");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Eventually([&] { return far_->heard().size() == 2000; }));
}

TEST_F(StreamTest, AFinishComesAfterEverythingSaid) {
  for (int i = 0; i < 100; ++i) far_->Say("x");
  far_->FinishWhenDrained({grpc::StatusCode::NOT_FOUND, "no more"});
  EXPECT_TRUE(Eventually([&] { return near_->ends == 1; }));
  EXPECT_EQ(near_->heard().size(), 100u);
  EXPECT_EQ(near_->code, grpc::StatusCode::NOT_FOUND);
}

TEST_F(StreamTest, ACancelledStreamEndsOnceAtBothEnds) {
  near_->Cancel();
  EXPECT_TRUE(Eventually([&] { return near_->ends == 1 && far_->ends == 1; }));
  near_->Say("into the void");
  far_->Say("into the void");
  EXPECT_EQ(near_->ends, 1);
  EXPECT_EQ(near_->code, grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace hearth::rpc
