#include "cli/commands/logs.h"

#include <gtest/gtest.h>

namespace hearth::cli {
namespace {

TEST(LogsTest, FindsTheGroupOfANameAnArnOrAGroup) {
  EXPECT_EQ(LogGroupOf("hello"), "/aws/lambda/hello");
  EXPECT_EQ(LogGroupOf("hello:live"), "/aws/lambda/hello");
  EXPECT_EQ(LogGroupOf("arn:aws:lambda:us-east-1:000000000000:function:hello:1"), "/aws/lambda/hello");
  EXPECT_EQ(LogGroupOf("/my/group"), "/my/group");
}

TEST(LogsTest, MarksWhatThePlatformWrote) {
  EXPECT_EQ(ShowLine({0, "s", "END RequestId: 1\n", true}), "1970-01-01T00:00:00.000Z * END RequestId: 1\n");
  EXPECT_EQ(ShowLine({0, "s", "END RequestId: 1\n", false}), "1970-01-01T00:00:00.000Z   END RequestId: 1\n");
  EXPECT_EQ(ShowLine({0, "s", "* END RequestId: 1", false}), "1970-01-01T00:00:00.000Z   * END RequestId: 1\n");
}

TEST(LogsTest, KeepsFurtherLinesOutOfTheColumnOfTheMark) {
  EXPECT_EQ(ShowLine({0, "s", "a\n1970-01-01T00:00:00.000Z * END\n", false}),
            "1970-01-01T00:00:00.000Z   a\n                           1970-01-01T00:00:00.000Z * END\n");
}

TEST(LogsTest, ReadsSinceAsAnAgeOrATime) {
  const WallTime now = FromUnixMillis(10000000000);
  EXPECT_EQ(ParseSince("10m", now).value(), 10000000000 - 600000);
  EXPECT_EQ(ParseSince("0s", now).value(), 10000000000);
  EXPECT_EQ(ParseSince("2w", now).value(), 10000000000 - 2 * 604800000LL);
  EXPECT_EQ(ParseSince("1970-01-01T00:00:01Z", now).value(), 1000);
  for (const char* text : {"", "10", "m", "-1m", "10x", "99999999999999999999w", "yesterday"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseSince(text, now).status())) << text;
  }
}

}  // namespace
}  // namespace hearth::cli
