#include "worker/logs/utf8.h"

#include <gtest/gtest.h>

namespace hearth::worker {
namespace {

TEST(Utf8Test, KeepsWhatIsUtf8) {
  const std::string text = "plain ascii, and ä € 😀\n";
  EXPECT_EQ(Utf8OrReplaced(text), text);
}

TEST(Utf8Test, ReplacesEveryByteThatBelongsToNoCharacter) {
  EXPECT_EQ(Utf8OrReplaced("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(Utf8OrReplaced("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "an overlong form";
  EXPECT_EQ(Utf8OrReplaced("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") << "a surrogate";
  EXPECT_EQ(Utf8OrReplaced("end\xE2\x82"), "end\xEF\xBF\xBD\xEF\xBF\xBD") << "cut short";
}

TEST(Utf8Test, FindsTheBeginningOfAnIncompleteCharacter) {
  EXPECT_EQ(IncompleteTail("abc"), 0u);
  EXPECT_EQ(IncompleteTail("ab\xE2\x82"), 2u);
  EXPECT_EQ(IncompleteTail("ab\xF0"), 1u);
  EXPECT_EQ(IncompleteTail("ab\xE2\x82\xAC"), 0u);
}

}  // namespace
}  // namespace hearth::worker
