// Bodies that are passed on while they come, in both directions.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <thread>
#include <utility>

#include "common/io/http_server.h"
#include "common/io/http_server_test_support.h"
#include "common/mutex.h"

namespace hearth {
namespace {

using std::chrono::milliseconds;

constexpr char kPost[] = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

bool Soon(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) std::this_thread::sleep_for(milliseconds(5));
  return condition();
}

// What came of one body; any thread looks.
class Noted final : public HttpBodySink {
 public:
  void OnBody(std::string_view piece) override {
    MutexLock lock(mutex_);
    body_ += piece;
  }
  void OnBodyEnd(const HttpHeaders& trailers) override {
    MutexLock lock(mutex_);
    end_ = "end";
    for (const auto& [name, value] : trailers.fields) end_ += " " + name + "=" + value;
    if (responder) responder->Send({.status = 202, .headers = {}, .body = "ok"});
  }
  void OnBodyLost() override {
    MutexLock lock(mutex_);
    end_ = "lost";
  }
  std::string body() {
    MutexLock lock(mutex_);
    return body_;
  }
  std::string end() {
    MutexLock lock(mutex_);
    return end_;
  }
  std::unique_ptr<HttpResponder> responder;

 private:
  Mutex mutex_;
  std::string body_, end_;
};

class HttpServerStreamsTest : public testing::Test {
 protected:
  void Start(HttpHandler handler, HttpServerOptions options = {}) {
    options.streams_body = [](const HttpRequest& head) { return head.method == "POST"; };
    server_ = HttpServer::Start(std::move(options), std::move(handler));
    address_ = server_->Listen("127.0.0.1:0").value();
  }
  void StartReading(bool paused = false) {
    Start([this, paused](HttpRequest, std::unique_ptr<HttpResponder> responder) {
      noted_->responder = std::move(responder);
      if (!paused) noted_->responder->ReadBody(noted_);
      ++handled_;
    });
  }
  void StartStreaming(HttpServerOptions options = {}) {
    Start(
        [this](HttpRequest, std::unique_ptr<HttpResponder> responder) {
          stream_ = responder->StartBody({.status = 200, .headers = {}, .body = {}},
                                         {.on_drained = [this] { ++drained_; }, .on_gone = [this] { ++gone_; }});
          ++handled_;
        },
        std::move(options));
  }
  void AwaitHandled() {
    ASSERT_TRUE(Soon([this] { return handled_ > 0; }));
  }

  std::atomic<int> handled_{0}, drained_{0}, gone_{0};
  const std::shared_ptr<Noted> noted_ = std::make_shared<Noted>();
  std::unique_ptr<HttpBodyStream> stream_;
  std::unique_ptr<HttpServer> server_;
  std::string address_;
};

TEST_F(HttpServerStreamsTest, APieceReachesTheReaderBeforeTheBodyEnds) {
  StartReading();
  RawClient client(address_);
  client.Send(std::string(kPost) + "3\r\none\r\n");
  EXPECT_TRUE(Soon([&] { return noted_->body() == "one"; }));
  EXPECT_EQ(noted_->end(), "");
}

TEST_F(HttpServerStreamsTest, TheEndComesWithItsTrailersAndTheConnectionServesOn) {
  StartReading();
  RawClient client(address_);
  client.Send(std::string(kPost) + "3\r\none\r\n0\r\nX-Kind: late\r\n\r\n");
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 202);
  EXPECT_EQ(noted_->end(), "end X-Kind=late");
  client.Send(std::string(kPost) + "3\r\ntwo\r\n0\r\n\r\n");
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 202);
  EXPECT_EQ(noted_->body(), "onetwo");
}

TEST_F(HttpServerStreamsTest, NothingIsReadWhileTheBodyIsPaused) {
  StartReading();
  RawClient client(address_);
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  client.Send(kPost);
  AwaitHandled();
  noted_->responder->PauseBody(true);
  std::this_thread::sleep_for(milliseconds(50));
  std::thread sender([&] {
    for (int i = 0; i < 400; ++i) client.Send(chunk);
    client.Send("0\r\n\r\n");
  });
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_EQ(noted_->body().size(), 0u);
  noted_->responder->PauseBody(false);
  EXPECT_TRUE(Soon([&] { return noted_->end() == "end"; }));
  sender.join();
  EXPECT_EQ(noted_->body().size(), 400u * 0x10000);
}

TEST_F(HttpServerStreamsTest, AClientThatLeavesLosesItsBody) {
  StartReading();
  {
    RawClient client(address_);
    client.Send(std::string(kPost) + "3\r\none\r\n");
    EXPECT_TRUE(Soon([&] { return noted_->body() == "one"; }));
  }
  EXPECT_TRUE(Soon([&] { return noted_->end() == "lost"; }));
}

TEST_F(HttpServerStreamsTest, AnAnswerBeforeTheEndOfTheBodyClosesTheConnection) {
  Start([](HttpRequest, std::unique_ptr<HttpResponder> responder) {
    responder->Send({.status = 403, .headers = {}, .body = "no"});
  });
  RawClient client(address_);
  client.Send(std::string(kPost) + "3\r\none\r\n");
  const std::string response = client.ReceiveUntilClosed();
  EXPECT_EQ(StatusOf(response), 403);
  EXPECT_NE(response.find("Connection: close"), std::string::npos);
}

TEST_F(HttpServerStreamsTest, ABodyWithAKnownLengthStaysWhole) {
  bool follows = true;
  std::string body;
  Start([&](HttpRequest request, std::unique_ptr<HttpResponder> responder) {
    follows = responder->body_follows();
    body = request.body;
    responder->Send({.status = 200, .headers = {}, .body = "ok"});
  });
  RawClient client(address_);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none");
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 200);
  EXPECT_EQ(body, "one");
  EXPECT_FALSE(follows);
}

TEST_F(HttpServerStreamsTest, AWrittenPieceReachesTheClientBeforeTheAnswerEnds) {
  StartStreaming();
  RawClient client(address_);
  client.Send(kGet);
  AwaitHandled();
  stream_->Write("one");
  std::string text;
  while (text.find("3\r\none\r\n") == std::string::npos) {
    const std::string more = client.Receive(1);
    ASSERT_FALSE(more.empty()) << text;
    text += more;
  }
  EXPECT_NE(text.find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_EQ(text.find("Content-Length"), std::string::npos);
  EXPECT_TRUE(Soon([&] { return drained_ >= 2; }));  // after the head, after the piece
  stream_->Finish();
  EXPECT_EQ(client.Receive(5), "0\r\n\r\n");
}

TEST_F(HttpServerStreamsTest, TheConnectionServesOnAfterAStreamedAnswer) {
  StartStreaming();
  RawClient client(address_);
  for (int i = 1; i <= 2; ++i) {
    client.Send(kGet);
    ASSERT_TRUE(Soon([&] { return handled_ == i; }));
    stream_->Write("x");
    stream_->Finish();
    std::string text;
    while (!text.ends_with("0\r\n\r\n")) {
      const std::string more = client.Receive(1);
      ASSERT_FALSE(more.empty());
      text += more;
    }
  }
}

TEST_F(HttpServerStreamsTest, AStreamDroppedUnfinishedBreaksTheBody) {
  StartStreaming();
  RawClient client(address_);
  client.Send(kGet);
  AwaitHandled();
  stream_->Write("one");
  stream_.reset();
  EXPECT_FALSE(client.ReceiveUntilClosed().ends_with("0\r\n\r\n"));
}

TEST_F(HttpServerStreamsTest, TheWriterHearsThatTheClientIsGone) {
  StartStreaming();
  {
    RawClient client(address_);
    client.Send(kGet);
    AwaitHandled();
  }
  EXPECT_TRUE(Soon([&] {
    stream_->Write(std::string(65536, 'x'));
    return gone_ == 1;
  }));
}

TEST_F(HttpServerStreamsTest, AReaderThatTakesNothingDrainsNothingAndIsCutOff) {
  StartStreaming({.head_timeout = milliseconds(300), .min_body_bytes_per_second = 1000});
  RawClient client(address_);
  client.Send(kGet);
  AwaitHandled();
  EXPECT_TRUE(Soon([&] { return drained_ == 1; }));
  stream_->Write(std::string(64 << 20, 'x'));
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(drained_, 1);
  EXPECT_TRUE(Soon([&] { return gone_ == 1; }));
}

TEST_F(HttpServerStreamsTest, AnOldClientReadsUntilTheConnectionCloses) {
  StartStreaming();
  RawClient client(address_);
  client.Send("GET / HTTP/1.0\r\n\r\n");
  AwaitHandled();
  stream_->Write("one");
  stream_->Finish();
  EXPECT_TRUE(client.ReceiveUntilClosed().ends_with("\r\n\r\none"));
}

}  // namespace
}  // namespace hearth
