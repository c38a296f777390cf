#include "common/text_escape.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

TEST(TextEscapeTest, EscapesQuotesBackslashesAndControlBytes) {
  EXPECT_EQ(Escaped(std::string_view("a\"b\\c\n\r\t\b\f\x01\x1b\x7f\0z", 15)),
            "\"a\\\"b\\\\c\\n\\r\\t\\b\\f\\u0001\\u001b\\u007f\\u0000z\"");
}

TEST(TextEscapeTest, KeepsUtf8) { EXPECT_EQ(Escaped("é中🔥"), "\"é中🔥\""); }

TEST(TextEscapeTest, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(Escaped("a\xff z"), "\"a\xEF\xBF\xBD z\"");
  EXPECT_EQ(Escaped("\xe4\xb8"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

// Source: Unicode, table 3-7; overlong forms, surrogates and what lies past U+10FFFF are ill-formed.
TEST(TextEscapeTest, KnowsIllFormedUtf8) {
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                           "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe4\xb8", "\xc3"}) {
    EXPECT_FALSE(IsValidUtf8(text));
  }
}

TEST(TextEscapeTest, KnowsTheEdgesOfUtf8) {
  for (const char* text : {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsValidUtf8(text));
  }
}

TEST(TextEscapeTest, CountsTextAsUtf16Does) {
  EXPECT_EQ(Utf16Length(""), 0u);
  EXPECT_EQ(Utf16Length("aé中"), 3u);
  EXPECT_EQ(Utf16Length("🔥"), 2u);
  EXPECT_EQ(Utf16Length("\x80\x80\xff"), 3u);  // what is no text is not short
}

}  // namespace
}  // namespace hearth
