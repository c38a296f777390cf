#include "controller/scheduler/worker_ring.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>

namespace hearth::controller {
namespace {

constexpr int64_t kMiB = 1 << 20;

class WorkerRingTest : public testing::Test {
 protected:
  FleetWorker& Add(const std::string& id, int64_t memory_mb = 65536) {
    workers_.push_back(std::make_unique<FleetWorker>(FleetWorker{id, memory_mb * kMiB, 0, 0}));
    ring_.Add(*workers_.back());
    return *workers_.back();
  }
  FleetWorker* Choose(const std::string& locality, const std::vector<std::string>& excluded = {}) {
    return ring_.Choose(locality, 128 * kMiB, excluded, random_);
  }
  void Reserve(FleetWorker& worker, int64_t memory_mb) {
    worker.reserved_bytes += memory_mb * kMiB;
    ring_.Adjust(0, memory_mb * kMiB);
  }

  SeededRandom random_{1};
  std::vector<std::unique_ptr<FleetWorker>> workers_;
  WorkerRing ring_;
};

TEST_F(WorkerRingTest, AnEmptyRingHasNobody) { EXPECT_EQ(Choose("123/f"), nullptr); }

TEST_F(WorkerRingTest, MostFunctionsStayWhereTheyAreWhenAWorkerJoins) {
  for (int i = 0; i < 20; ++i) Add("w" + std::to_string(i));
  std::map<std::string, FleetWorker*> homes;
  for (int i = 0; i < 500; ++i) {
    const std::string function = "123/f" + std::to_string(i);
    homes[function] = Choose(function);
  }
  Add("late");
  int moved = 0;
  for (const auto& [function, home] : homes) moved += Choose(function) == home ? 0 : 1;
  EXPECT_GT(moved, 0);
  EXPECT_LT(moved, 75);  // a twenty-first of them, and what an uneven ring adds
}

TEST_F(WorkerRingTest, AFullHomeIsPassedOver) {
  for (const char* id : {"a", "b", "c"}) Add(id);
  FleetWorker* const home = Choose("123/f");
  Reserve(*home, 30000);
  EXPECT_NE(Choose("123/f"), home);
}

TEST_F(WorkerRingTest, WhenAllAreFullTheLeastLoadedOfSomeIsChosen) {
  for (int i = 0; i < 4; ++i) Reserve(Add("w" + std::to_string(i), 1024), 1024);
  workers_[2]->reserved_bytes -= 64 * kMiB;
  ring_.Adjust(0, -64 * kMiB);
  EXPECT_EQ(Choose("123/f"), workers_[2].get());
}

TEST_F(WorkerRingTest, TheOnlyOneThatMayIsFoundAmongMany) {
  for (int i = 0; i < 500; ++i) Add("small" + std::to_string(i), 64);
  FleetWorker& large = Add("large", 1024);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Choose("123/f" + std::to_string(i)), &large);
  EXPECT_EQ(Choose("123/f", {"large"}), nullptr);
}

TEST_F(WorkerRingTest, WhoWasRemovedIsNotChosen) {
  FleetWorker& a = Add("a");
  FleetWorker& b = Add("b");
  ring_.Remove(a);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Choose("123/f" + std::to_string(i)), &b);
  ring_.Remove(b);
  EXPECT_TRUE(ring_.empty());
  EXPECT_EQ(Choose("123/f"), nullptr);
}

}  // namespace
}  // namespace hearth::controller
