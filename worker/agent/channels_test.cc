#include "worker/agent/channels.h"

#include <gtest/gtest.h>

namespace hearth::worker {
namespace {

TEST(ChannelsTest, LocalAddressesAreDialled) {
  for (const char* address : {"unix:/run/hearth/node.sock", "127.0.0.1:9010", "localhost:9010", "[::1]:9010"}) {
    EXPECT_TRUE(Channels::To(address).ok()) << address;
  }
}

TEST(ChannelsTest, BeyondLoopbackNothingIsDialledInTheClear) {
  for (const char* address : {"10.0.0.1:9010", "controller.example:9010", "0.0.0.0:9010"}) {
    EXPECT_EQ(Channels::To(address).status().code(), absl::StatusCode::kFailedPrecondition) << address;
  }
}

}  // namespace
}  // namespace hearth::worker
