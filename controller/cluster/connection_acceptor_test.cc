#include "controller/cluster/connection_acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>

#include "common/mutex.h"

namespace hearth::controller {
namespace {

bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return condition();
}

UniqueFd NewSocket() { return UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

class ConnectionAcceptorTest : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<ConnectionAcceptor>> made =
        ConnectionAcceptor::Listen("127.0.0.1:0", [this](UniqueFd connection, int) {
          MutexLock lock(mutex_);
          taken_.push_back(std::move(connection));
        });
    ASSERT_TRUE(made.ok()) << made.status();
    acceptor_ = *std::move(made);
  }
  bool Connect(const UniqueFd& near) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(std::stoi(acceptor_->address().substr(10))));
    return connect(near.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  size_t Taken() {
    MutexLock lock(mutex_);
    return taken_.size();
  }
  void CloseTaken() {
    MutexLock lock(mutex_);
    taken_.clear();
  }

  Mutex mutex_;
  std::vector<UniqueFd> taken_ GUARDED_BY(mutex_);
  std::unique_ptr<ConnectionAcceptor> acceptor_;
};

TEST_F(ConnectionAcceptorTest, ConnectionsAreHandedOn) {
  const UniqueFd near = NewSocket();
  ASSERT_TRUE(Connect(near));
  EXPECT_TRUE(Eventually([this] { return Taken() == 1; }));
}

TEST_F(ConnectionAcceptorTest, AcceptingGoesOnAfterTheDescriptorsRanOut) {
  std::vector<UniqueFd> flood;
  for (int i = 0; i < 50; ++i) flood.push_back(NewSocket());
  const UniqueFd last = NewSocket();
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(last.get() + 2);  // one more descriptor, and no other
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  for (const UniqueFd& near : flood) Connect(near);
  EXPECT_TRUE(Eventually([this] { return Taken() == 1; }));
  flood.clear();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  CloseTaken();
  ASSERT_TRUE(Connect(last));
  EXPECT_TRUE(Eventually([this] { return Taken() >= 1; }));
}

TEST_F(ConnectionAcceptorTest, OneAddressDoesNotTakeEveryConnection) {
  std::vector<UniqueFd> flood;
  for (size_t i = 0; i < ConnectionAcceptor::kMaxConnectionsPerAddress + 20; ++i) {
    flood.push_back(NewSocket());
    ASSERT_TRUE(Connect(flood.back()));
  }
  EXPECT_TRUE(Eventually([this] { return Taken() == ConnectionAcceptor::kMaxConnectionsPerAddress; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(Taken(), ConnectionAcceptor::kMaxConnectionsPerAddress);
  CloseTaken();
  const UniqueFd later = NewSocket();
  ASSERT_TRUE(Connect(later));
  EXPECT_TRUE(Eventually([this] { return Taken() == 1; }));
}

}  // namespace
}  // namespace hearth::controller
