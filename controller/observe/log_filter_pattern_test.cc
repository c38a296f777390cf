#include "controller/observe/log_filter_pattern.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

struct Case {
  const char* pattern;
  const char* message;
  bool matches;
};

TEST(LogFilterPatternTest, MatchesAsCloudWatchDoes) {
  const Case cases[] = {
      {"", "anything", true},
      {"  ", "anything", true},
      {"ERROR", "[ERROR 400] BAD REQUEST", true},
      {"ERROR", "error", false},
      {"ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", true},
      {"ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST", false},
      {"?ERROR ?ARGUMENTS", "[ERROR 400] BAD REQUEST", true},
      {"?ERROR ?ARGUMENTS", "[INFO] SUCCESS", false},
      {"ERROR -ARGUMENTS", "[ERROR 400] BAD REQUEST", true},
      {"ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", false},
      {"-INFO", "DEBUG", true},
      {"-INFO", "INFO", false},
      {"\"INTERNAL SERVER ERROR\"", "[ERROR 500] INTERNAL SERVER ERROR", true},
      {"\"INTERNAL SERVER ERROR\"", "INTERNAL ERROR SERVER", false},
      {"-\"SERVER ERROR\" INTERNAL", "INTERNAL SERVER ERROR", false},
      {"\"say \\\"hi\\\"\"", "they say \"hi\"", true},
      {"a?b", "a?b", true},
      {"?x must", "must", true},
  };
  for (const Case& one : cases) {
    const absl::StatusOr<LogFilterPattern> pattern = LogFilterPattern::Parse(one.pattern);
    ASSERT_TRUE(pattern.ok()) << one.pattern;
    EXPECT_EQ(pattern->Matches(one.message), one.matches) << one.pattern << " on " << one.message;
  }
}

TEST(LogFilterPatternTest, RefusesWhatItDoesNotCarryOut) {
  for (const char* pattern : {"{ $.level = \"ERROR\" }", "[ip, user]", "%5[0-9]%", "\"open", "?", "-"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(LogFilterPattern::Parse(pattern).status())) << pattern;
  }
  EXPECT_FALSE(LogFilterPattern::Parse(std::string(1025, 'x')).ok());
}

TEST(LogFilterPatternTest, HasAsManyCharactersAsBytesOfAscii) {
  std::string term;
  for (int i = 0; i < 1024; ++i) term += "ü";
  EXPECT_TRUE(LogFilterPattern::Parse(term).ok());
  EXPECT_FALSE(LogFilterPattern::Parse(term + "ü").ok());
}

}  // namespace
}  // namespace hearth::controller
