#include "common/io/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace hearth {
namespace {

std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string Reread(std::string_view text) {
  const absl::StatusOr<Json> json = Json::Parse(text);
  return json.ok() ? json->Dump() : json.status().ToString();
}

TEST(JsonTest, GivesBackWhatItRead) {
  for (const char* text : {"null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808", "1.5",
                           "\"\"", "\"é🔥\"", "[]", "{}", R"({"b":[1,2,{"c":null}],"a":"x"})"}) {
    EXPECT_EQ(Reread(text), text);
  }
}

TEST(JsonTest, MembersKeepTheirOrderAndARepeatedKeyItsLastValue) {
  EXPECT_EQ(Reread(R"({"z":1,"a":2,"z":{"q":3}})"), R"({"z":{"q":3},"a":2})");
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"k" + std::to_string(i % 50) + "\":" + std::to_string(i) + ",";
  text.back() = '}';
  const Json json = Json::Parse(text).value();
  EXPECT_EQ(json.as_object().size(), 50u);
  EXPECT_EQ(json.Find("k7")->as_integer(), 57);
}

TEST(JsonTest, ManyRepeatedKeysTakeNoQuadraticTime) {
  std::string text = "{";
  for (int i = 0; i < 200000; ++i) text += "\"" + std::to_string(i) + "\":0,";
  text.back() = '}';
  EXPECT_EQ(Json::Parse(text).value().as_object().size(), 200000u);
}

TEST(JsonTest, NumbersAreIntegersWhenTheyAreWrittenSoAndFit) {
  EXPECT_TRUE(Json::Parse("12").value().is_integer());
  EXPECT_FALSE(Json::Parse("12.0").value().is_integer());
  EXPECT_FALSE(Json::Parse("1e2").value().is_integer());
  EXPECT_EQ(Json::Parse("9223372036854775808").value().as_number(), 9223372036854775808.0);
  EXPECT_EQ(Json::Parse("-0").value().as_number(), 0);
}

TEST(JsonTest, ADoubleIsReadBackAsTheSameDouble) {
  for (const double value : {0.1, 1.0, -2.5, 1e300, 5e-324, 1693526400.123, 1e16, 123456789012345680.0, -0.0}) {
    const Json json = Json::Parse(Json(value).Dump()).value();
    EXPECT_FALSE(json.is_integer()) << Json(value).Dump();
    EXPECT_EQ(json.as_number(), value);
  }
  EXPECT_EQ(Json(1693526400.0).Dump(), "1693526400.0");
}

TEST(JsonTest, ANumberThatIsNoneBecomesNull) {
  EXPECT_EQ(Json(std::nan("")).Dump(), "null");
  EXPECT_EQ(Json(std::numeric_limits<double>::infinity()).Dump(), "null");
}

TEST(JsonTest, StringsAreEscapedAndMadeUtf8) {
  EXPECT_EQ(Json("a\"\\\n\x01\xff").Dump(), "\"a\\\"\\\\\\n\\u0001\xEF\xBF\xBD\"");
  EXPECT_EQ(Json::Parse(R"("\u0041\ud83d\udd25\u0000")").value().as_string(), std::string("A🔥\0", 6));
}

TEST(JsonTest, PrettyTextIsTheSameValue) {
  const Json json = Json::Parse(R"({"a":[1,{"b":2}],"c":[],"d":{}})").value();
  EXPECT_EQ(json.DumpPretty(2),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}");
  EXPECT_EQ(Json::Parse(json.DumpPretty(4)).value(), json);
}

TEST(JsonTest, IsBuiltByHand) {
  Json json;
  json.Set("name", "x").Set("size", size_t{7}).Set("name", "y").Set("list", Json::Array{1, true, nullptr, 2.5});
  EXPECT_EQ(json.Dump(), R"({"name":"y","size":7,"list":[1,true,null,2.5]})");
}

TEST(JsonTest, FindAnswersNothingForWhatIsNoObject) {
  EXPECT_EQ(Json(1).Find("a"), nullptr);
  EXPECT_EQ(Json::Parse(R"({"a":1})").value().Find("b"), nullptr);
}

TEST(JsonTest, AnUnsignedNumberPastInt64BecomesADouble) { EXPECT_FALSE(Json(UINT64_MAX).is_integer()); }

// Both readers must agree on what is JSON: one checks payloads, the other reads requests.
class NotJsonTest : public testing::TestWithParam<std::string> {};

TEST_P(NotJsonTest, IsInvalidForBothReaders) {
  EXPECT_TRUE(absl::IsInvalidArgument(Json::Parse(GetParam()).status())) << GetParam();
  EXPECT_TRUE(absl::IsInvalidArgument(CheckJson(GetParam()))) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Texts, NotJsonTest,
                         testing::Values("", " ", "{", "[1,]", "{\"a\":}", "{\"a\" 1}", "{a:1}", "'a'", "nul",
                                         "truefalse", "1 2", "01", "+1", ".5", "1.", "0x10", "NaN", "Infinity", "1e999",
                                         "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud83d\"", "\"\\udd25\"",
                                         "\"\\ud83d\\u0041\"", "\"a\nb\"", "\"\xff\"", "\"\xc0\x80\"",
                                         "\"\xed\xa0\x80\"", "\xEF\xBB\xBF{}", "// c\n1", "[1]]", "\v1",
                                         std::string("1\0", 2), std::string("\"a\0b\"", 5), std::string("\0", 1),
                                         Nested(kMaxJsonDepth + 1), Nested(100000), std::string(100000, '['),
                                         std::string(100000, '{'), "{\"a\":1", "]"));

class IsJsonTest : public testing::TestWithParam<std::string> {};

TEST_P(IsJsonTest, IsValidForBothReaders) {
  EXPECT_TRUE(Json::Parse(GetParam()).ok()) << Json::Parse(GetParam()).status();
  EXPECT_TRUE(CheckJson(GetParam()).ok()) << CheckJson(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Texts, IsJsonTest,
                         testing::Values("null", " [ ] ", "\t{\r\n}", "\"text\"", "-0.0e-5",
                                         "123456789012345678901234567890", "-123456789012345678901234567890",
                                         "[18446744073709551616]", "\"\\ud83d\\udd25\"", "\"\x7f\"",
                                         Nested(kMaxJsonDepth), "{\"a\":1,\"a\":2}", "\"\\u0000\"",
                                         "1" + std::string(100000, '0').substr(0, 300)));

TEST(JsonTest, TheErrorSaysWhere) {
  EXPECT_EQ(Json::Parse("[1,}").status().message().substr(0, 18), "not JSON at byte 4");
}

TEST(CheckJsonTest, ChecksAPayloadOfTheLargestSize) {
  std::string text = "[";
  while (text.size() < 6 * 1024 * 1024) text += "\"0123456789abcdef\",";
  text.back() = ']';
  EXPECT_TRUE(CheckJson(text).ok());
  text[text.size() / 2] = '\x01';
  EXPECT_FALSE(CheckJson(text).ok());
  EXPECT_TRUE(CheckJson("{}").ok());
}

TEST(CheckJsonTest, DoesNotReadPastTheText) {
  const std::string text = "[1]garbage behind the view";
  EXPECT_TRUE(CheckJson(std::string_view(text).substr(0, 3)).ok());
}

}  // namespace
}  // namespace hearth
