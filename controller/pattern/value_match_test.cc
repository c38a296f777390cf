#include "controller/pattern/value_match.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

ValueMatch MatchOf(const char* json) { return ValueMatch::Compile(*Json::Parse(json)).value(); }

// The table of what matches what is in event_pattern_test.cc.
TEST(ValueMatchTest, AsksOnlyOneAlternativeForAbsence) {
  EXPECT_TRUE(MatchOf(R"({"exists":false})").wants_absence());
  EXPECT_FALSE(MatchOf(R"({"exists":true})").wants_absence());
  EXPECT_FALSE(MatchOf(R"({"exists":false})").Matches(Json(1)));
}

TEST(ValueMatchTest, RefusesSeveralOperatorsInOne) {
  EXPECT_FALSE(ValueMatch::Compile(*Json::Parse(R"({"prefix":"a","suffix":"b"})")).ok());
  EXPECT_FALSE(ValueMatch::Compile(*Json::Parse("[1]")).ok());
}

}  // namespace
}  // namespace hearth::controller
