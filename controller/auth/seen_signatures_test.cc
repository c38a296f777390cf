#include "controller/auth/seen_signatures.h"

#include <gtest/gtest.h>

#include <string>

namespace hearth::controller {
namespace {

using std::chrono::seconds;

std::string Signature(char digit) { return std::string(64, digit); }

class SeenSignaturesTest : public testing::Test {
 protected:
  FakeClock clock_;
  SeenSignatures seen_{seconds(600), clock_, 2};
};

TEST_F(SeenSignaturesTest, KnowARepetition) {
  EXPECT_TRUE(seen_.IsNew(Signature('a')));
  EXPECT_TRUE(seen_.IsNew(Signature('b')));
  clock_.Advance(SeenSignatures::kSameCall + seconds(1));
  EXPECT_FALSE(seen_.IsNew(Signature('a')));
}

TEST_F(SeenSignaturesTest, LetEqualCallsOfOneSecondBe) {
  EXPECT_TRUE(seen_.IsNew(Signature('a')));
  clock_.Advance(SeenSignatures::kSameCall);
  EXPECT_TRUE(seen_.IsNew(Signature('a')));
  clock_.Advance(seconds(1));
  EXPECT_FALSE(seen_.IsNew(Signature('a')));  // counted from the first
}

TEST_F(SeenSignaturesTest, RememberForTheWholeWindow) {
  clock_.Advance(seconds(590));
  EXPECT_TRUE(seen_.IsNew(Signature('a')));
  clock_.Advance(seconds(600));
  EXPECT_FALSE(seen_.IsNew(Signature('a')));
  clock_.Advance(seconds(1200));
  EXPECT_TRUE(seen_.IsNew(Signature('a')));  // nobody would accept it by now
}

TEST_F(SeenSignaturesTest, CountWhatTheyCannotRemember) {
  for (const char digit : {'a', 'b', 'c'}) EXPECT_TRUE(seen_.IsNew(Signature(digit)));
  EXPECT_EQ(seen_.not_remembered(), 1);
  clock_.Advance(seconds(10));
  EXPECT_FALSE(seen_.IsNew(Signature('a')));
  EXPECT_TRUE(seen_.IsNew(Signature('c')));
}

}  // namespace
}  // namespace hearth::controller
