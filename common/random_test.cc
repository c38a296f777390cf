#include "common/random.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

namespace hearth {
namespace {

TEST(RandomTest, AUuidIsOfVersion4) {
  RealRandom random;
  for (int i = 0; i < 100; ++i) {
    std::string uuid = random.Uuid();
    EXPECT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
    for (const size_t at : {8, 13, 18, 23}) EXPECT_EQ(std::exchange(uuid[at], '0'), '-');
    EXPECT_EQ(uuid.find_first_not_of("0123456789abcdef"), std::string::npos);
  }
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
