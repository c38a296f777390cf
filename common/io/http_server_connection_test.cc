// What a slow or greedy client meets.
#include "common/io/http_server_connection.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "common/io/http_server.h"
#include "common/io/http_server_test_support.h"

namespace hearth {
namespace {

using std::chrono::milliseconds;

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class HttpServerConnectionTest : public testing::Test {
 protected:
  void Start(HttpServerOptions options, size_t answer_bytes = 2) {
    server_ = HttpServer::Start(
        std::move(options), [this, answer_bytes](HttpRequest request, std::unique_ptr<HttpResponder> responder) {
          oversized_ = request.body_oversized;
          ++handled_;
          responder->Send({.status = 200, .headers = {}, .body = std::string(answer_bytes, 'x')});
        });
    address_ = server_->Listen("127.0.0.1:0").value();
  }

  std::atomic<int> handled_{0};
  std::atomic<bool> oversized_{false};
  std::unique_ptr<HttpServer> server_;
  std::string address_;
};

TEST_F(HttpServerConnectionTest, AnUnfinishedHeadIsCutOffWith408) {
  Start({.head_timeout = milliseconds(100)});
  RawClient client(address_);
  client.Send("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 408);
}

TEST_F(HttpServerConnectionTest, ADripOfHeaderBytesDoesNotGainTime) {
  Start({.head_timeout = milliseconds(200)});
  RawClient client(address_);
  const auto start = std::chrono::steady_clock::now();
  client.Send("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
  std::string response;
  while (response.empty() && std::chrono::steady_clock::now() - start < std::chrono::seconds(10)) {
    client.Send("x");
    response = client.Receive(12, milliseconds(20));
  }
  EXPECT_EQ(StatusOf(response), 408);
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(1500));
}

TEST_F(HttpServerConnectionTest, ASlowBodyIsCutOffWith408) {
  Start({.head_timeout = milliseconds(150), .min_body_bytes_per_second = 1000});
  RawClient client(address_);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc");
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 408);
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerConnectionTest, ABodyThatKeepsMovingMayTakeItsTime) {
  Start({.head_timeout = milliseconds(100), .min_body_bytes_per_second = 1000});
  RawClient client(address_);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    client.Send(std::string(200, 'x'));
    std::this_thread::sleep_for(milliseconds(30));
  }
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 200);
}

TEST_F(HttpServerConnectionTest, AClientThatDoesNotReadIsCutOff) {
  Start({.max_connections = 1, .head_timeout = milliseconds(150), .min_body_bytes_per_second = 1000}, 64 * 1024 * 1024);
  RawClient deaf(address_);
  deaf.Send(kGet);
  // Its place is free again once it was cut off.
  bool admitted = false;
  for (int i = 0; i < 200 && !admitted; ++i) {
    RawClient next(address_);
    next.Send(kGet);
    admitted = !next.Receive(1).empty();
    std::this_thread::sleep_for(milliseconds(50));
  }
  EXPECT_TRUE(admitted);
  EXPECT_LT(deaf.ReceiveUntilClosed().size(), size_t{64} * 1024 * 1024);
}

TEST_F(HttpServerConnectionTest, AnIdleConnectionIsClosed) {
  Start({.idle_timeout = milliseconds(100)});
  RawClient client(address_);
  client.Send(kGet);
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 200);
  EXPECT_EQ(client.ReceiveUntilClosed(), "");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerConnectionTest, ASilentConnectionIsClosed) {
  Start({.head_timeout = milliseconds(100)});
  RawClient client(address_);
  EXPECT_EQ(client.ReceiveUntilClosed(), "");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerConnectionTest, AHandlerMayTakeLongerThanEveryTimeout) {
  std::thread later;
  const auto server = HttpServer::Start({.head_timeout = milliseconds(50), .idle_timeout = milliseconds(50)},
                                        [&](HttpRequest, std::unique_ptr<HttpResponder> responder) {
                                          later = std::thread([held = std::move(responder)] {
                                            std::this_thread::sleep_for(milliseconds(400));
                                            held->Send({});
                                          });
                                        });
  RawClient client(server->Listen("127.0.0.1:0").value());
  client.Send(kGet);
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 200);
  later.join();
}

TEST_F(HttpServerConnectionTest, UnfinishedBodiesTogetherAreBounded) {
  Start({.max_buffered_body_bytes = 1500000});
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n\r\n";
  RawClient first(address_);
  first.Send(head + std::string(1000000, 'x'));
  std::this_thread::sleep_for(milliseconds(100));
  RawClient second(address_);
  second.Send(head + std::string(1000000, 'x'));
  EXPECT_EQ(StatusOf(second.ReceiveResponse()), 503);
  first.Send("x");
  EXPECT_EQ(StatusOf(first.ReceiveResponse()), 200);
  // The room of the first is free again just after its answer is out.
  int status = 0;
  for (int attempt = 0; attempt < 100 && status != 200; ++attempt) {
    RawClient third(address_);
    third.Send(head + std::string(1000001, 'x'));
    status = StatusOf(third.ReceiveResponse());
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_EQ(status, 200);
}

TEST_F(HttpServerConnectionTest, AnOversizedBodyIsHandedOverWhenAskedAndTheConnectionLivesOn) {
  Start({.max_body_bytes = [](const HttpRequest&) { return size_t{1000}; }, .deliver_oversized = true});
  RawClient client(address_);
  const std::string body(3000000, 'x');
  std::thread sender([&] {
    client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  });
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 200);
  sender.join();
  EXPECT_TRUE(oversized_);
  client.Send(kGet);
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 200);
  EXPECT_FALSE(oversized_);
}

}  // namespace
}  // namespace hearth
