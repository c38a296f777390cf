#include "common/io/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace hearth {
namespace {

TEST(ThreadPoolTest, RunsTasksInTheirOrder) {
  std::vector<int> order;
  {
    ThreadPool pool("test", 1, 100);
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(pool.Submit([&order, i] { order.push_back(i); }).ok());
  }
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(ThreadPoolTest, TheDestructorRunsWhatIsQueued) {
  std::atomic<int> ran{0};
  {
    ThreadPool pool("test", 3, 1000);
    for (int i = 0; i < 500; ++i) EXPECT_TRUE(pool.Submit([&] { ++ran; }).ok());
  }
  EXPECT_EQ(ran, 500);
}

TEST(ThreadPoolTest, AFullQueueIsRefused) {
  std::promise<void> go;
  std::promise<void> busy;
  ThreadPool pool("test", 1, 2);
  ASSERT_TRUE(pool.Submit([&] {
                    busy.set_value();
                    go.get_future().wait();
                  })
                  .ok());
  busy.get_future().wait();
  EXPECT_TRUE(pool.Submit([] {}).ok());
  EXPECT_TRUE(pool.Submit([] {}).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(pool.Submit([] {})));
  go.set_value();
}

TEST(ThreadPoolTest, TasksRunBesideEachOther) {
  std::promise<void> first;
  ThreadPool pool("test", 2, 10);
  std::promise<void> done;
  ASSERT_TRUE(pool.Submit([&] {
                    first.get_future().wait();
                    done.set_value();
                  })
                  .ok());
  ASSERT_TRUE(pool.Submit([&] { first.set_value(); }).ok());
  EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

}  // namespace
}  // namespace hearth
