#include "common/io/http_server_thread.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "common/unique_fd.h"

namespace hearth {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class HttpServerThreadTest : public testing::Test {
 protected:
  std::unique_ptr<HttpServer> server_ =
      HttpServer::Start({}, [](HttpRequest, std::unique_ptr<HttpResponder> responder) { responder->Send({}); });
};

TEST_F(HttpServerThreadTest, TasksRunOnTheIoThread) {
  std::promise<std::thread::id> now;
  std::promise<std::thread::id> later;
  const auto start = std::chrono::steady_clock::now();
  server_->Post([&] { now.set_value(std::this_thread::get_id()); });
  server_->PostAfter(milliseconds(50), [&] { later.set_value(std::this_thread::get_id()); });
  const std::thread::id id = now.get_future().get();
  EXPECT_EQ(later.get_future().get(), id);
  EXPECT_NE(id, std::this_thread::get_id());
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(50));
}

TEST_F(HttpServerThreadTest, AWatchedPipeIsReadUntilItsEnd) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  std::string received;
  std::promise<void> ended;
  server_->Post([&] {
    auto watch = std::make_shared<uint64_t>(0);
    *watch = server_->WatchReadable(reading.get(), [&, watch] {
      char byte = 0;
      const ssize_t got = read(reading.get(), &byte, 1);  // one at a time: what is left must call again
      if (got == 1) {
        received += byte;
        return;
      }
      server_->Unwatch(*watch);
      ended.set_value();
    });
  });
  ASSERT_EQ(write(writing.get(), "hello", 5), 5);
  std::this_thread::sleep_for(milliseconds(20));
  ASSERT_EQ(write(writing.get(), " again", 6), 6);
  writing.reset();
  ASSERT_EQ(ended.get_future().wait_for(seconds(10)), std::future_status::ready);
  EXPECT_EQ(received, "hello again");
  EXPECT_GE(fcntl(reading.get(), F_GETFD), 0) << "Unwatch leaves the descriptor to its owner";
}

TEST_F(HttpServerThreadTest, TasksThatNeverRanAreDestroyedWithTheServer) {
  const auto held = std::make_shared<int>(1);
  server_->PostAfter(seconds(3600), [held] { FAIL(); });
  server_.reset();
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace hearth
