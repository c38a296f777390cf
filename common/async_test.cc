#include "common/async.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "common/errors.h"

namespace hearth {
namespace {

Async<int> Seven() { co_return 7; }

Async<int> Sum(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await Seven();
  co_return sum;
}

Async<std::string> AwaitText(Completion<std::string> completion) { co_return co_await completion.Wait() + "!"; }

TEST(AsyncTest, DoesNotRunBeforeItIsStarted) {
  bool ran = false;
  auto set_ran = [&]() -> Async<int> {
    ran = true;
    co_return 1;
  };
  const Async<int> work = set_ran();
  EXPECT_FALSE(ran);
}

TEST(AsyncTest, DeliversTheValueOfNestedWork) {
  int result = 0;
  StartAsync(Sum(3), [&](int value) { result = value; });
  EXPECT_EQ(result, 21);
}

TEST(AsyncTest, CarriesMoveOnlyValues) {
  auto make = []() -> Async<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
  std::unique_ptr<int> result;
  StartAsync(make(), [&](std::unique_ptr<int> value) { result = std::move(value); });
  EXPECT_EQ(*result, 5);
}

TEST(AsyncTest, PassesAFailureUp) {
  auto fail = []() -> Async<absl::StatusOr<int>> { co_return absl::NotFoundError("gone"); };
  auto use = [&]() -> Async<absl::StatusOr<int>> {
    CO_ASSIGN_OR_RETURN(const int value, co_await fail());
    co_return value + 1;
  };
  absl::Status status;
  StartAsync(use(), [&](absl::StatusOr<int> result) { status = result.status(); });
  EXPECT_EQ(status, absl::NotFoundError("gone"));
}

TEST(CompletionTest, AValueSetBeforeTheWaitIsTakenAtOnce) {
  Completion<std::string> completion;
  completion.Set("early");
  std::string result;
  StartAsync(AwaitText(completion), [&](std::string value) { result = std::move(value); });
  EXPECT_EQ(result, "early!");
}

TEST(CompletionTest, AValueSetAfterTheWaitResumesTheWaiter) {
  Completion<std::string> completion;
  std::string result;
  StartAsync(AwaitText(completion), [&](std::string value) { result = std::move(value); });
  EXPECT_EQ(result, "");
  completion.Set("late");
  EXPECT_EQ(result, "late!");
}

TEST(CompletionTest, AnotherThreadMaySetWhileThisOneWaits) {
  for (int round = 0; round < 500; ++round) {
    Completion<std::string> completion;
    std::atomic<int> results{0};
    std::thread setter([&] { completion.Set("x"); });
    StartAsync(AwaitText(completion), [&](const std::string& value) { results += value == "x!" ? 1 : 100; });
    setter.join();
    ASSERT_EQ(results, 1);
  }
}

TEST(CompletionTest, AnUnfinishedWaiterKeepsItsSlotAlive) {
  std::string result;
  auto completion = std::make_unique<Completion<std::string>>();
  const Completion<std::string> copy = *completion;
  StartAsync(AwaitText(*completion), [&](std::string value) { result = std::move(value); });
  completion.reset();
  Completion<std::string>(copy).Set("kept");
  EXPECT_EQ(result, "kept!");
}

}  // namespace
}  // namespace hearth
