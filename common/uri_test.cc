#include "common/uri.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

TEST(UriTest, EncodesAllButTheUnreserved) {
  EXPECT_EQ(UriEncode("AZaz09-._~ /:%+é"), "AZaz09-._~%20%2F%3A%25%2B%C3%A9");
  EXPECT_EQ(UriEncodePath("/a b/c:d"), "/a%20b/c%3Ad");
}

TEST(UriTest, DecodesAPath) { EXPECT_EQ(UriDecode("a%20b+c%3a%2F"), "a b+c:/"); }

TEST(UriTest, AStrayPercentStandsForItself) { EXPECT_EQ(UriDecode("%zz%2%"), "%zz%2%"); }

TEST(UriTest, ParsesAQuery) {
  EXPECT_EQ(ParseQuery("a=1&&b&c=&=d&e=f=g&%41=%20x+y"),
            (Parameters{{"a", "1"}, {"b", ""}, {"c", ""}, {"", "d"}, {"e", "f=g"}, {"A", " x y"}}));
  EXPECT_EQ(ParseQuery(""), Parameters());
}

}  // namespace
}  // namespace hearth
