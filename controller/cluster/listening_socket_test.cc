#include "controller/cluster/listening_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

namespace hearth::controller {
namespace {

using testing::HasSubstr;

class ListeningSocketTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/hearth-listen-XXXXXX";
    ASSERT_NE(mkdtemp(folder), nullptr);
    folder_ = folder;
  }
  void TearDown() override {
    unlink((folder_ + "/s").c_str());
    rmdir(folder_.c_str());
  }
  std::string folder_;
};

TEST_F(ListeningSocketTest, AUnixSocketIsTheOwnersAloneWhateverTheUmask) {
  const mode_t before = umask(0);
  const absl::StatusOr<ListeningSocket> made = ListenOn("unix:" + folder_ + "/s");
  umask(before);
  ASSERT_TRUE(made.ok()) << made.status();
  struct stat status = {};
  ASSERT_EQ(stat(made->path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(ListeningSocketTest, ADeadSocketIsReplacedAndALiveOneIsNot) {
  const std::string address = "unix:" + folder_ + "/s";
  { ASSERT_TRUE(ListenOn(address).ok()); }  // closed, but its path stays
  const absl::StatusOr<ListeningSocket> second = ListenOn(address);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(ListenOn(address).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(ListeningSocketTest, AFileIsNotReplaced) {
  std::ofstream(folder_ + "/s") << "precious";
  EXPECT_EQ(ListenOn("unix:" + folder_ + "/s").status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(ListeningSocketTest, APathThatIsTooLongIsRefused) {
  EXPECT_EQ(ListenOn("unix:/" + std::string(200, 'x')).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ListeningSocketTest, LoopbackIsBoundAndItsPortReported) {
  const absl::StatusOr<ListeningSocket> made = ListenOn("127.0.0.1:0");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(made->address, testing::MatchesRegex("127.0.0.1:[1-9][0-9]+"));
}

TEST_F(ListeningSocketTest, BeyondLoopbackTheRefusalNamesMtls) {
  const absl::Status status = ListenOn("0.0.0.0:0").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("mTLS"));
}

TEST_F(ListeningSocketTest, NonsenseIsRefused) {
  for (const char* address : {"", "9010", "host:", ":9010", "127.0.0.1:http"}) {
    EXPECT_EQ(ListenOn(address).status().code(), absl::StatusCode::kInvalidArgument) << address;
  }
}

}  // namespace
}  // namespace hearth::controller
