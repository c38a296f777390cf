#include "controller/limits/token_bucket.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

using std::chrono::milliseconds;

constexpr double kPerSecond = 10, kCapacity = 20;

class TokenBucketTest : public testing::Test {
 protected:
  bool Take() { return bucket_.Take(kPerSecond, kCapacity, clock_.Monotonic()); }
  int TakeAll() {
    int taken = 0;
    while (Take()) ++taken;
    return taken;
  }

  FakeClock clock_;
  TokenBucket bucket_;
};

TEST_F(TokenBucketTest, GivesABurstAndThenNoMore) { EXPECT_EQ(TakeAll(), 20); }

TEST_F(TokenBucketTest, FillsAtItsRate) {
  TakeAll();
  clock_.Advance(milliseconds(99));
  EXPECT_FALSE(Take());
  clock_.Advance(milliseconds(2));
  EXPECT_TRUE(Take());
  EXPECT_FALSE(Take());
}

TEST_F(TokenBucketTest, NeverHoldsMoreThanItsCapacity) {
  TakeAll();
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(TakeAll(), 20);
}

TEST_F(TokenBucketTest, WhatIsGivenBackMayBeTakenAgain) {
  TakeAll();
  bucket_.GiveBack();
  EXPECT_TRUE(Take());
  EXPECT_FALSE(Take());
}

TEST_F(TokenBucketTest, ASmallerCapacityHoldsAtOnce) {
  EXPECT_TRUE(Take());
  EXPECT_TRUE(bucket_.Take(kPerSecond, 1, clock_.Monotonic()));
  EXPECT_FALSE(bucket_.Take(kPerSecond, 1, clock_.Monotonic()));
}

}  // namespace
}  // namespace hearth::controller
