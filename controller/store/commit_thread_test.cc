#include "controller/store/commit_thread.h"

#include <gtest/gtest.h>

#include <future>
#include <semaphore>

namespace hearth::controller {
namespace {

// Holds its writes back until it is let go, and can fail them.
class GatedDatabase final : public Database {
 public:
  absl::StatusOr<std::string> Get(std::string_view) const override { return absl::NotFoundError(""); }
  absl::StatusOr<std::vector<KeyValue>> Scan(std::string_view, std::string_view, size_t) const override {
    return std::vector<KeyValue>();
  }
  absl::Status Write(const WriteBatch& batch, WriteSync sync) override {
    began.release();
    may_end.acquire();
    sizes.push_back(batch.changes.size());
    all_synced = all_synced && sync == WriteSync::kSynced;
    return answer;
  }

  std::counting_semaphore<> began{0}, may_end{0};
  std::vector<size_t> sizes;
  bool all_synced = true;
  absl::Status answer;
};

WriteBatch BatchOf(const std::string& key, size_t bytes = 1) {
  WriteBatch batch;
  batch.Put(key, std::string(bytes, 'v'));
  return batch;
}

std::future<absl::Status> CommitTo(CommitThread& commits, WriteBatch batch) {
  auto promise = std::make_shared<std::promise<absl::Status>>();
  StartAsync(commits.Commit(std::move(batch)), [promise](absl::Status status) { promise->set_value(status); });
  return promise->get_future();
}

TEST(CommitThreadTest, WritesThatWaitShareOneSyncedWrite) {
  GatedDatabase database;
  std::vector<std::future<absl::Status>> done;
  {
    CommitThread commits(database);
    done.push_back(CommitTo(commits, BatchOf("first")));
    database.began.acquire();
    for (int i = 0; i < 10; ++i) done.push_back(CommitTo(commits, BatchOf(std::to_string(i))));
    database.may_end.release(2);
    for (std::future<absl::Status>& one : done) EXPECT_TRUE(one.get().ok());
  }
  EXPECT_EQ(database.sizes, (std::vector<size_t>{1, 10}));
  EXPECT_TRUE(database.all_synced);
}

TEST(CommitThreadTest, EveryWriteOfAFailedBatchIsToldSo) {
  GatedDatabase database;
  database.answer = absl::ResourceExhaustedError("the disk is full");
  database.may_end.release(10);
  CommitThread commits(database);
  std::future<absl::Status> one = CommitTo(commits, BatchOf("a")), other = CommitTo(commits, BatchOf("b"));
  EXPECT_EQ(one.get(), database.answer);
  EXPECT_EQ(other.get(), database.answer);
}

TEST(CommitThreadTest, RefusesWhatWouldNotFitInMemory) {
  GatedDatabase database;
  database.may_end.release(10);
  CommitThread commits(database);
  EXPECT_TRUE(absl::IsResourceExhausted(CommitTo(commits, BatchOf("a", CommitThread::kMaxWaitingBytes)).get()));
  EXPECT_TRUE(CommitTo(commits, BatchOf("b")).get().ok());
}

TEST(CommitThreadTest, CommitsWhatWaitsBeforeItEnds) {
  GatedDatabase database;
  std::future<absl::Status> done;
  {
    CommitThread commits(database);
    done = CommitTo(commits, BatchOf("a"));
    database.may_end.release();
  }
  EXPECT_TRUE(done.get().ok());
}

TEST(CommitThreadTest, SyncsOnlyWhenAWriteOfTheBatchAsksForIt) {
  GatedDatabase database;
  database.may_end.release(10);
  CommitThread commits(database);
  ASSERT_TRUE(commits.Post(BatchOf("a"), WriteSync::kBuffered, [](const absl::Status&) {}).ok());
  commits.Drain();
  EXPECT_FALSE(database.all_synced);
}

TEST(CommitThreadTest, TellsWritesInTheOrderOfTheirPosts) {
  GatedDatabase database;
  database.may_end.release(10);
  CommitThread commits(database);
  std::vector<int> order;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(
        commits.Post(BatchOf("a"), WriteSync::kSynced, [&, i](const absl::Status&) { order.push_back(i); }).ok());
  }
  commits.Drain();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace hearth::controller
