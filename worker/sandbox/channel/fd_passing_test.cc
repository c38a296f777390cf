#include "worker/sandbox/channel/fd_passing.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "gtest/gtest.h"

namespace hearth::worker {
namespace {

TEST(FdPassingTest, ADescriptorArrivesOpenAndCloseOnExec) {
  auto pair = MakePacketPair().value();
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd read_end(ends[0]);
  const UniqueFd write_end(ends[1]);
  ASSERT_TRUE(SendPacket(pair.first.get(), "hello", {write_end.get()}).ok());
  const auto packet = ReceivePacket(pair.second.get());
  ASSERT_TRUE(packet.ok() && packet->has_value());
  ASSERT_EQ((*packet)->descriptors.size(), 1u);
  EXPECT_NE(fcntl((*packet)->descriptors[0].get(), F_GETFD) & FD_CLOEXEC, 0);
  ASSERT_EQ(write((*packet)->descriptors[0].get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(read_end.get(), &byte, 1), 1);
}

TEST(FdPassingTest, PacketsAreNotMerged) {
  auto pair = MakePacketPair().value();
  ASSERT_TRUE(SendPacket(pair.first.get(), "one").ok());
  ASSERT_TRUE(SendPacket(pair.first.get(), "two").ok());
  EXPECT_EQ(ReceivePacket(pair.second.get()).value()->bytes, "one");
}

TEST(FdPassingTest, AClosedPeerIsTheEndOfTheConversation) {
  auto pair = MakePacketPair().value();
  pair.first.reset();
  EXPECT_FALSE(ReceivePacket(pair.second.get()).value().has_value());
}

TEST(FdPassingTest, SendingToAClosedPeerIsUnavailable) {
  auto pair = MakePacketPair().value();
  pair.first.reset();
  EXPECT_TRUE(absl::IsUnavailable(SendPacket(pair.second.get(), "x")));
}

TEST(FdPassingTest, AnOversizedPacketIsRefusedAndNotCutShort) {
  auto pair = MakePacketPair().value();
  const std::string large(kMaxPacketBytes + 1, 'x');
  ASSERT_EQ(send(pair.first.get(), large.data(), large.size(), 0), static_cast<ssize_t>(large.size()));
  EXPECT_TRUE(absl::IsOutOfRange(ReceivePacket(pair.second.get()).status()));
}

TEST(FdPassingTest, ASilentPeerEndsInDeadlineExceeded) {
  auto pair = MakePacketPair().value();
  const timeval limit{0, 10'000};
  ASSERT_EQ(setsockopt(pair.second.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
  EXPECT_TRUE(absl::IsDeadlineExceeded(ReceivePacket(pair.second.get()).status()));
}

}  // namespace
}  // namespace hearth::worker
