#include "controller/scheduler/fleet.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace hearth::controller {
namespace {

constexpr int64_t kMiB = 1 << 20;

node::Hello Worker(const std::string& id, int64_t memory_mb, const std::string& architecture = "x86_64") {
  node::Hello hello;
  hello.set_worker_id(id);
  hello.set_memory_bytes(memory_mb * kMiB);
  hello.set_architecture(architecture);
  node::InstalledRuntime& runtime = *hello.add_runtimes();
  runtime.set_family("python");
  runtime.set_version("3.11.2");
  return hello;
}

StartNeed Need(const std::string& function, int64_t memory_mb = 128) {
  return {.locality = function, .runtime = "python3.11", .architecture = "x86_64", .memory_bytes = memory_mb * kMiB};
}

class FleetTest : public testing::Test {
 protected:
  SeededRandom random_{1};
  RuntimeSupport runtimes_{"us-east-1", false};
  Fleet fleet_{runtimes_, random_};
};

TEST_F(FleetTest, AFunctionComesBackToItsWorker) {
  for (const char* id : {"a", "b", "c", "d"}) fleet_.Join(Worker(id, 65536));
  std::set<std::string> homes;
  for (int i = 0; i < 5; ++i) {
    const std::string home = *fleet_.Choose(Need("123/f"), {});
    homes.insert(home);
    fleet_.Release(home, 128 * kMiB);
  }
  EXPECT_EQ(homes.size(), 1u);
}

TEST_F(FleetTest, ABurstOfOneFunctionSpreadsOverTheWorkers) {
  for (const char* id : {"a", "b", "c", "d"}) fleet_.Join(Worker(id, 65536));
  std::map<std::string, int> placed;
  for (int i = 0; i < 100; ++i) ++placed[*fleet_.Choose(Need("123/f"), {})];
  ASSERT_EQ(placed.size(), 4u);
  for (const auto& [worker, count] : placed) EXPECT_LE(count, 40) << worker;
}

TEST_F(FleetTest, FunctionsAreSpreadOverTheWorkers) {
  for (const char* id : {"a", "b", "c"}) fleet_.Join(Worker(id, 65536));
  std::set<std::string> used;
  for (int i = 0; i < 30; ++i) {
    const std::string worker = *fleet_.Choose(Need("123/f" + std::to_string(i)), {});
    used.insert(worker);
    fleet_.Release(worker, 128 * kMiB);
  }
  EXPECT_EQ(used.size(), 3u);
}

TEST_F(FleetTest, AnExcludedWorkerIsNotChosen) {
  fleet_.Join(Worker("a", 1024));
  fleet_.Join(Worker("b", 1024));
  EXPECT_EQ(fleet_.Choose(Need("123/f"), {"a"}), "b");
  EXPECT_EQ(fleet_.Choose(Need("123/f"), {"a", "b"}), std::nullopt);
}

TEST_F(FleetTest, AWorkerThatCannotServeIsNotChosen) {
  fleet_.Join(Worker("arm", 1024, "arm64"));
  fleet_.Join(Worker("small", 64));
  EXPECT_EQ(fleet_.Choose(Need("123/f"), {}), std::nullopt);
  StartNeed java = Need("123/f");
  java.runtime = "java17";
  EXPECT_EQ(fleet_.Choose(java, {}), std::nullopt);
}

TEST_F(FleetTest, AVersionThatIsKeptIsNotReplacedByABetterOne) {
  fleet_.Join(Worker("a", 65536));
  StartNeed need = Need("123/f");
  need.runtime_version_arn = "arn:aws:lambda:us-east-1::runtime:gone";
  EXPECT_EQ(fleet_.Choose(need, {}), std::nullopt);
}

TEST_F(FleetTest, AFullFleetStillNamesAWorkerBecauseItMayEvict) {
  fleet_.Join(Worker("a", 256));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(fleet_.Choose(Need("123/f"), {}), "a");
}

TEST_F(FleetTest, WhatWorkersReportReplacesTheEstimate) {
  fleet_.Join(Worker("a", 1024));
  fleet_.Choose(Need("123/f"), {});
  node::Capacity capacity;
  capacity.set_memory_bytes(2048 * kMiB);
  capacity.set_memory_reserved_bytes(512 * kMiB);
  capacity.set_environments(4);
  fleet_.Report("a", capacity);
  const FleetSnapshot snapshot = fleet_.Snapshot();
  EXPECT_EQ(snapshot.workers, 1);
  EXPECT_EQ(snapshot.memory_bytes, 2048 * kMiB);
  EXPECT_EQ(snapshot.memory_reserved_bytes, 512 * kMiB);
  EXPECT_EQ(snapshot.environments, 4);
}

TEST_F(FleetTest, AWorkerThatSaysAThingTwiceIsForgottenToo) {
  node::Hello hello = Worker("a", 1024, /*architecture=*/"");
  *hello.add_runtimes() = hello.runtimes(0);
  fleet_.Join(hello);
  fleet_.Leave("a");
  EXPECT_EQ(fleet_.Choose(Need("123/f"), {}), std::nullopt);
}

TEST_F(FleetTest, AWorkerThatLeftIsForgotten) {
  fleet_.Join(Worker("a", 1024));
  fleet_.Leave("a");
  EXPECT_EQ(fleet_.Choose(Need("123/f"), {}), std::nullopt);
  EXPECT_EQ(fleet_.Snapshot().workers, 0);
}

TEST_F(FleetTest, ADrainingWorkerIsNotChosenAndNotCounted) {
  fleet_.Join(Worker("a", 65536));
  node::Capacity capacity;
  capacity.set_memory_bytes(65536 * kMiB);
  capacity.set_draining(true);
  fleet_.Report("a", capacity);
  EXPECT_FALSE(fleet_.Choose(Need("123/f"), {}).has_value());
  EXPECT_EQ(fleet_.Snapshot().workers, 0);
}

}  // namespace
}  // namespace hearth::controller
