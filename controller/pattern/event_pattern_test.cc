#include "controller/pattern/event_pattern.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

struct Case {
  const char* pattern;
  const char* event;
  bool matches;
};

constexpr Case kCases[] = {
    // exact values
    {R"({"s":["a"]})", R"({"s":"a"})", true},
    {R"({"s":["a"]})", R"({"s":"A"})", false},
    {R"({"s":["a","b"]})", R"({"s":"b"})", true},
    {R"({"s":["a"]})", R"({})", false},
    {R"({"N":["v"]})", R"({"n":"v"})", false},
    {R"({"n":[300]})", R"({"n":300.0})", true},
    {R"({"n":[300]})", R"({"n":"300"})", false},
    {R"({"n":[3.0e2]})", R"({"n":300})", true},
    {R"({"b":[true]})", R"({"b":true})", true},
    {R"({"b":[true]})", R"({"b":false})", false},
    {R"({"r":[null]})", R"({"r":null})", true},
    {R"({"r":[null]})", R"({"r":[]})", false},
    {R"({"r":[""]})", R"({"r":null})", false},
    {R"({"a":["x"],"b":["y"]})", R"({"a":"x","b":"y"})", true},
    {R"({"a":["x"],"b":["y"]})", R"({"a":"x","b":"z"})", false},
    {R"({"d":{"k":["v"]}})", R"({"d":"{\"k\":\"v\"}"})", false},
    // arrays of the event
    {R"({"l":["a"]})", R"({"l":["b","a"]})", true},
    {R"({"l":["c"]})", R"({"l":["b","a"]})", false},
    {R"({"l":{"id":[2]}})", R"({"l":[{"id":1},{"id":2}]})", true},
    {R"({"l":{"id":[2],"k":["x"]}})", R"({"l":[{"id":1,"k":"x"},{"id":2,"k":"x"}]})", true},
    {R"({"l":{"id":[2],"k":["x"]}})", R"({"l":[{"id":1,"k":"x"},{"id":2,"k":"y"}]})", false},
    {R"({"l":{"id":[{"exists":true}]}})", R"({"l":[{"k":1},{"id":2}]})", true},
    // keys joined by dots
    {R"({"a.b":["x"]})", R"({"a":{"b":"x"}})", true},
    {R"({"a":{"b":["x"]}})", R"({"a.b":"x"})", true},
    // prefix, suffix, case
    {R"({"s":[{"prefix":"ab"}]})", R"({"s":"abc"})", true},
    {R"({"s":[{"prefix":"b"}]})", R"({"s":"abc"})", false},
    {R"({"s":[{"prefix":""}]})", R"({"s":"abc"})", true},
    {R"({"s":[{"prefix":""}]})", R"({"s":1})", false},
    {R"({"s":[{"prefix":{"equals-ignore-case":"AB"}}]})", R"({"s":"abc"})", true},
    {R"({"f":[{"suffix":".png"}]})", R"({"f":"a.png"})", true},
    {R"({"f":[{"suffix":".png"}]})", R"({"f":"a.PNG"})", false},
    {R"({"f":[{"suffix":{"equals-ignore-case":".png"}}]})", R"({"f":"a.PNG"})", true},
    {R"({"s":[{"equals-ignore-case":"aBc"}]})", R"({"s":"AbC"})", true},
    {R"({"s":[{"equals-ignore-case":"abc"}]})", R"({"s":"abcd"})", false},
    // anything-but
    {R"({"s":[{"anything-but":"x"}]})", R"({"s":"y"})", true},
    {R"({"s":[{"anything-but":"x"}]})", R"({"s":"x"})", false},
    {R"({"s":[{"anything-but":"x"}]})", R"({})", false},
    {R"({"s":[{"anything-but":"x"}]})", R"({"s":null})", true},
    {R"({"s":[{"anything-but":["x","y"]}]})", R"({"s":"y"})", false},
    {R"({"n":[{"anything-but":[1,2]}]})", R"({"n":3})", true},
    {R"({"n":[{"anything-but":[1,2]}]})", R"({"n":2.0})", false},
    {R"({"s":[{"anything-but":{"prefix":"a"}}]})", R"({"s":"abc"})", false},
    {R"({"s":[{"anything-but":{"prefix":"a"}}]})", R"({"s":7})", true},
    {R"({"s":[{"anything-but":{"suffix":["c","d"]}}]})", R"({"s":"abd"})", false},
    {R"({"s":[{"anything-but":{"equals-ignore-case":["A"]}}]})", R"({"s":"a"})", false},
    {R"({"s":[{"anything-but":{"wildcard":"*/x/*"}}]})", R"({"s":"a/x/b"})", false},
    {R"({"s":[{"anything-but":["x"]},{"exists":false}]})", R"({})", true},
    // numeric
    {R"({"n":[{"numeric":[">",100]}]})", R"({"n":101.0})", true},
    {R"({"n":[{"numeric":[">",100]}]})", R"({"n":100})", false},
    {R"({"n":[{"numeric":[">",100]}]})", R"({"n":"101"})", false},
    {R"({"n":[{"numeric":[">",0,"<=",5]}]})", R"({"n":5})", true},
    {R"({"n":[{"numeric":[">",0,"<=",5]}]})", R"({"n":5.000001})", false},
    {R"({"n":[{"numeric":["=",3.018e2]}]})", R"({"n":301.8})", true},
    {R"({"n":[{"numeric":["<",10]}]})", R"({"n":null})", false},
    // exists
    {R"({"r":[{"exists":true}]})", R"({"r":[]})", false},
    {R"({"r":[{"exists":true}]})", R"({"r":null})", true},
    {R"({"r":[{"exists":true}]})", R"({"r":{"x":1}})", false},
    {R"({"a":{"b":[{"exists":false}]}})", R"({"a":{}})", true},
    {R"({"a":{"b":[{"exists":false}]}})", R"({})", true},
    {R"({"a":{"b":[{"exists":false}]}})", R"({"a":{"b":1}})", false},
    // cidr
    {R"({"ip":[{"cidr":"10.0.0.0/24"}]})", R"({"ip":"10.0.0.255"})", true},
    {R"({"ip":[{"cidr":"10.0.0.0/24"}]})", R"({"ip":"10.0.1.0"})", false},
    {R"({"ip":[{"cidr":"2001:db8::/32"}]})", R"({"ip":"2001:db8:1::1"})", true},
    {R"({"ip":[{"cidr":"10.0.0.0/24"}]})", R"({"ip":"2001:db8::1"})", false},
    {R"({"ip":[{"cidr":"0.0.0.0/0"}]})", R"({"ip":7})", false},
    // wildcard
    {R"({"s":[{"wildcard":"a*c"}]})", R"({"s":"abbc"})", true},
    {R"({"s":[{"wildcard":"a*c"}]})", R"({"s":"abcd"})", false},
    {R"({"s":[{"wildcard":"*"}]})", R"({"s":""})", true},
    {R"({"s":[{"wildcard":"a\\*c"}]})", R"({"s":"a*c"})", true},
    {R"({"s":[{"wildcard":"a\\*c"}]})", R"({"s":"abc"})", false},
    {R"({"s":[{"wildcard":""}]})", R"({"s":"a"})", false},
    {R"({"s":[{"wildcard":"*a*b*"}]})", R"({"s":"xxaxxaxb"})", true},
    // $or
    {R"({"$or":[{"a":[1]},{"b":[2]}]})", R"({"b":2})", true},
    {R"({"$or":[{"a":[1]},{"b":[2]}]})", R"({"a":2,"b":1})", false},
    {R"({"c":["x"],"$or":[{"a":[1]},{"b":[2]}]})", R"({"a":1})", false},
    {R"({"d":{"$or":[{"a":[1]},{"b":[2]}]}})", R"({"d":{"a":1}})", true},
    {R"({"$or":[{"prefix":"a"},{"prefix":"b"}]})", R"({"$or":"abc"})", true},
};

TEST(EventPatternTest, MatchesWhatEventBridgeMatches) {
  for (const Case& one : kCases) {
    const absl::StatusOr<EventPattern> pattern = EventPattern::Parse(one.pattern);
    ASSERT_TRUE(pattern.ok()) << one.pattern << " " << pattern.status();
    EXPECT_EQ(pattern->Matches(*Json::Parse(one.event)), one.matches) << one.pattern << " on " << one.event;
  }
}

TEST(EventPatternTest, RefusesWhatEventBridgeRefuses) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"x":"a"})", "\"x\" must be an object or an array"},
      {R"({"x":[]})", "Empty arrays are not allowed"},
      {R"([])", "Filter is not an object"},
      {R"({"x":[{"EXISTS":true}]})", "Unrecognized match type EXISTS"},
      {R"({"x":[{"numeric":["<",1,">",2]}]})", "Bad numeric range operator: <"},
      {R"({"x":[{"numeric":["<","1"]}]})", "Value of < must be numeric"},
      {R"({"x":[{"numeric":"1"}]})", "Value of numeric must be an array."},
      {R"({"x":[{"anything-but":null}]})", "Value of anything-but must be an array or single string/number value."},
      {R"({"x":[{"anything-but":[null]}]})", "Inside anything but list, start|null|boolean is not supported."},
      {R"({"x":[{"prefix":1}]})", "prefix match pattern must be a string"},
      {R"({"x":[{"suffix":1}]})", "suffix match pattern must be a string"},
      {R"({"x":[{"anything-but":{"prefix":""}}]})", "Null prefix/suffix not allowed"},
      {R"({"x":[{"equals-ignore-case":["a"]}]})", "equals-ignore-case match pattern must be a string"},
      {R"({"x":[{"wildcard":"a**b"}]})", "Consecutive wildcard characters at pos 1"},
      {R"({"x":[{"cidr":"10.0.0.0"}]})", "Malformed CIDR, one '/' required"},
      {R"({"x":[{"cidr":"10.0.0.0/x"}]})", "Malformed CIDR, mask bits must be an integer"},
      {R"({"x":[{"cidr":"xx.11.xx/8"}]})", "Nonstandard IP address: xx.11.xx"},
  };
  for (const auto& [pattern, reason] : cases)
    EXPECT_EQ(EventPattern::Parse(pattern).status().message(), reason) << pattern;
  EXPECT_FALSE(EventPattern::Parse("{").ok());
  EXPECT_FALSE(EventPattern::Parse("{}").ok());
}

TEST(EventPatternTest, BoundsTheCombinationsOfItsAlternatives) {
  std::string pattern = "{";
  for (const char* name : {"a", "b", "c"}) {
    std::string branches;
    for (int i = 0; i < 11; ++i) branches += fmt::format(R"({}{{"{}":[{}]}})", i == 0 ? "" : ",", name, i);
    pattern += fmt::format(R"({}"{}":{{"$or":[{}]}})", name[0] == 'a' ? "" : ",", name, branches);
  }
  EXPECT_FALSE(EventPattern::Parse(pattern + "}").ok());
}

// Six lists of ten that all fit, and a last field that does not: a million ways to try. A message that is not judged
// is run, for the others are deleted.
TEST(EventPatternTest, LetsEventsThatAreTooHardToJudgePass) {
  std::string ten, fields, event;
  for (int i = 0; i < 10; ++i) ten += R"({"v":"x"},)";
  ten.pop_back();
  const auto judge = [&](int lists) {
    fields = event = "{";
    for (int i = 0; i < lists; ++i) {
      fields += fmt::format(R"("a{}":{{"v":["x"]}},)", i);
      event += fmt::format(R"("a{}":[{}],)", i, ten);
    }
    const auto pattern = EventPattern::Parse(fields + R"("z":["x"]})");
    return pattern.ok() && pattern->Matches(*Json::Parse(event + R"("z":"y"})"));
  };
  EXPECT_FALSE(judge(3));
  EXPECT_TRUE(judge(6));
}

}  // namespace
}  // namespace hearth::controller
