#include "common/random.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace hearth {
namespace {

TEST(RandomTest, AUuidIsOfVersion4) {
  RealRandom random;
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(std::regex_match(random.Uuid(), form));
}

TEST(RandomTest, UuidsDoNotRepeat) {
  RealRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.Uuid());
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(RandomTest, HexHasTwoDigitsAByte) { EXPECT_EQ(RealRandom().Hex(20).size(), 40u); }

TEST(RandomTest, BelowReachesEveryValueAndNoOther) {
  SeededRandom random(1);
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.Below(7));
  EXPECT_EQ(seen, (std::set<uint64_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(RandomTest, BelowOneIsAlwaysZero) { EXPECT_EQ(RealRandom().Below(1), 0u); }

TEST(SeededRandomTest, TheSameSeedDrawsTheSame) {
  SeededRandom a(42);
  SeededRandom b(42);
  EXPECT_EQ(a.Bytes(64), b.Bytes(64));
}

TEST(SeededRandomTest, AnotherSeedDrawsSomethingElse) {
  SeededRandom a(42);
  SeededRandom b(43);
  EXPECT_NE(a.Bytes(64), b.Bytes(64));
}

}  // namespace
}  // namespace hearth
