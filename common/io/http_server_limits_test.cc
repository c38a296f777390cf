// What a slow, greedy or numerous client meets.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <thread>

#include "common/io/http_server.h"
#include "common/io/http_server_test_support.h"

namespace hearth {
namespace {

using std::chrono::milliseconds;

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class HttpServerLimitsTest : public testing::Test {
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

TEST_F(HttpServerLimitsTest, AnUnfinishedHeadIsCutOffWith408) {
  Start({.head_timeout = milliseconds(100)});
  RawClient client(address_);
  client.Send("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 408);
}

TEST_F(HttpServerLimitsTest, ADripOfHeaderBytesDoesNotGainTime) {
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

TEST_F(HttpServerLimitsTest, ASlowBodyIsCutOffWith408) {
  Start({.head_timeout = milliseconds(150), .min_body_bytes_per_second = 1000});
  RawClient client(address_);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc");
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 408);
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerLimitsTest, ABodyThatKeepsMovingMayTakeItsTime) {
  Start({.head_timeout = milliseconds(100), .min_body_bytes_per_second = 1000});
  RawClient client(address_);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    client.Send(std::string(200, 'x'));
    std::this_thread::sleep_for(milliseconds(30));
  }
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 200);
}

TEST_F(HttpServerLimitsTest, AClientThatDoesNotReadIsCutOff) {
  Start({.head_timeout = milliseconds(150), .min_body_bytes_per_second = 1000}, 64 * 1024 * 1024);
  RawClient client(address_);
  client.Send(kGet);
  std::this_thread::sleep_for(milliseconds(1000));
  const std::string response = client.ReceiveUntilClosed();
  EXPECT_TRUE(client.closed());
  EXPECT_LT(response.size(), size_t{64} * 1024 * 1024);
}

TEST_F(HttpServerLimitsTest, AnIdleConnectionIsClosed) {
  Start({.idle_timeout = milliseconds(100)});
  RawClient client(address_);
  client.Send(kGet);
  EXPECT_EQ(StatusOf(client.ReceiveResponse()), 200);
  EXPECT_EQ(client.ReceiveUntilClosed(), "");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerLimitsTest, ASilentConnectionIsClosed) {
  Start({.head_timeout = milliseconds(100)});
  RawClient client(address_);
  EXPECT_EQ(client.ReceiveUntilClosed(), "");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerLimitsTest, AHandlerMayTakeLongerThanEveryTimeout) {
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

TEST_F(HttpServerLimitsTest, ConnectionsOfOneAddressAreCapped) {
  Start({.max_connections_per_address = 2});
  RawClient first(address_);
  first.Send(kGet);
  EXPECT_EQ(StatusOf(first.ReceiveResponse()), 200);
  {
    RawClient second(address_);
    second.Send(kGet);
    EXPECT_EQ(StatusOf(second.ReceiveResponse()), 200);
    RawClient third(address_);
    third.Send(kGet);
    EXPECT_EQ(third.ReceiveUntilClosed(), "");
    EXPECT_TRUE(third.closed());
  }
  std::this_thread::sleep_for(milliseconds(100));  // the server learns that the second went
  RawClient fourth(address_);
  fourth.Send(kGet);
  EXPECT_EQ(StatusOf(fourth.ReceiveResponse()), 200);
}

TEST_F(HttpServerLimitsTest, AllConnectionsAreCapped) {
  Start({.max_connections = 1});
  RawClient first(address_);
  first.Send(kGet);
  EXPECT_EQ(StatusOf(first.ReceiveResponse()), 200);
  RawClient second(address_);
  EXPECT_EQ(second.ReceiveUntilClosed(), "");
}

TEST_F(HttpServerLimitsTest, ConnectionsOfOneListenerAreCapped) {
  Start({.max_connections_per_listener = 1});
  RawClient first(address_);
  first.Send(kGet);
  EXPECT_EQ(StatusOf(first.ReceiveResponse()), 200);
  RawClient second(address_);
  EXPECT_EQ(second.ReceiveUntilClosed(), "");
  RawClient other(server_->Listen("127.0.0.1:0").value());
  other.Send(kGet);
  EXPECT_EQ(StatusOf(other.ReceiveResponse()), 200);
}

TEST_F(HttpServerLimitsTest, AnOversizedBodyIsHandedOverWhenAskedAndTheConnectionLivesOn) {
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

// With every descriptor taken the server must neither spin nor go deaf.
TEST_F(HttpServerLimitsTest, AcceptsAgainAfterTheDescriptorsRanOut) {
  Start({});
  RawClient before(address_);
  before.Send(kGet);
  EXPECT_EQ(StatusOf(before.ReceiveResponse()), 200);
  testing::internal::CaptureStderr();
  rlimit old_limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old_limit), 0);
  // The client's socket takes the last descriptor below the limit; none is left to accept it.
  const UniqueFd highest(dup(before.fd()));
  const rlimit tight{static_cast<rlim_t>(highest.get()) + 2, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  {
    RawClient refused(address_);
    refused.Send(kGet);
    EXPECT_EQ(refused.ReceiveUntilClosed(), "");
    EXPECT_TRUE(refused.closed());
  }
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &old_limit), 0);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("no descriptors left"), std::string::npos);
  RawClient after(address_);
  after.Send(kGet);
  EXPECT_EQ(StatusOf(after.ReceiveResponse()), 200);
}

}  // namespace
}  // namespace hearth
