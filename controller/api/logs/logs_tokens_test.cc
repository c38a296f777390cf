#include "controller/api/logs/logs_tokens.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(LogsTokensTest, TokensSayWhatWasPutIntoThem) {
  const EventToken token{TokenDirection::kBackward, {INT64_MIN, UINT64_MAX}};
  const std::optional<EventToken> back = ParseEventToken(FormatEventToken(token));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->direction, token.direction);
  EXPECT_EQ(back->position, token.position);
  EXPECT_EQ(ParseStreamToken(FormatStreamToken({17, "a:b"})), (LogStreamKey{17, "a:b"}));
  for (const char* text : {"", "f/", "x/00000000000000000000000000000000/s", "f/0000000000000000000000000000000g/s"}) {
    EXPECT_FALSE(ParseEventToken(text)) << text;
  }
}

}  // namespace
}  // namespace hearth::controller
