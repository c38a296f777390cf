#include "controller/api/lambda/runtime_ids.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

WallTime On(int y, unsigned m, unsigned d) {
  return std::chrono::sys_days(std::chrono::year(y) / std::chrono::month(m) / std::chrono::day(d));
}

TEST(RuntimeIdsTest, AreAcceptedUntilTheirBlockDate) {
  EXPECT_TRUE(CheckRuntimeId("python3.11", On(2027, 7, 30), false).ok());
  EXPECT_FALSE(CheckRuntimeId("python3.11", On(2027, 7, 31), false).ok());
}

TEST(RuntimeIdsTest, AreAcceptedLaterWhenTheOperatorSaysSo) {
  EXPECT_TRUE(CheckRuntimeId("provided.al2", On(2030, 1, 1), true).ok());
  EXPECT_FALSE(CheckRuntimeId("python4", On(2030, 1, 1), true).ok());
}

TEST(RuntimeIdsTest, AreCaseSensitive) { EXPECT_FALSE(CheckRuntimeId("PYTHON3.11", On(2026, 1, 1), false).ok()); }

TEST(RuntimeIdsTest, AreRefusedWhenRetiredLongAgo) {
  EXPECT_FALSE(CheckRuntimeId("go1.x", On(2026, 1, 1), false).ok());
}

TEST(RuntimeIdsTest, SupportSnapStartOnlyWhereAwsDoes) {
  EXPECT_TRUE(SupportsSnapStart("python3.12"));
  EXPECT_FALSE(SupportsSnapStart("python3.11"));
  EXPECT_FALSE(SupportsSnapStart("nodejs22.x"));
}

}  // namespace
}  // namespace hearth::controller
