// What many clients meet.
#include "common/io/http_server_listener.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

#include "common/io/http_server_test_support.h"

namespace hearth {
namespace {

using std::chrono::milliseconds;

constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class HttpServerListenerTest : public testing::Test {
 protected:
  void Start(HttpServerOptions options) {
    server_ = HttpServer::Start(std::move(options),
                                [](HttpRequest, std::unique_ptr<HttpResponder> responder) { responder->Send({}); });
    address_ = server_->Listen("127.0.0.1:0").value();
  }

  std::unique_ptr<HttpServer> server_;
  std::string address_;
};

TEST_F(HttpServerListenerTest, ConnectionsOfOneAddressAreCapped) {
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

TEST_F(HttpServerListenerTest, AllConnectionsAreCapped) {
  Start({.max_connections = 1});
  RawClient first(address_);
  first.Send(kGet);
  EXPECT_EQ(StatusOf(first.ReceiveResponse()), 200);
  RawClient second(address_);
  EXPECT_EQ(second.ReceiveUntilClosed(), "");
}

TEST_F(HttpServerListenerTest, ConnectionsOfOneListenerAreCapped) {
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

// With every descriptor taken the server must neither spin nor go deaf.
TEST_F(HttpServerListenerTest, AcceptsAgainAfterTheDescriptorsRanOut) {
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
