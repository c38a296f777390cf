#include "controller/auth/policy/condition_values.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(ConditionValuesTest, ReadsNumbers) {
  EXPECT_EQ(ParseConditionNumber("10"), 10.0);
  EXPECT_EQ(ParseConditionNumber("-2.5"), -2.5);
  for (const char* text : {"", "ten", "1x", "inf", "nan"}) EXPECT_FALSE(ParseConditionNumber(text)) << text;
}

TEST(ConditionValuesTest, ReadsTruthValuesOfAnyCase) {
  EXPECT_EQ(ParseConditionBool("True"), true);
  EXPECT_EQ(ParseConditionBool("FALSE"), false);
  EXPECT_FALSE(ParseConditionBool("1"));
}

TEST(ConditionValuesTest, ReadsDatesOfEveryPrecision) {
  EXPECT_EQ(ParseConditionDate("1970"), 0);
  EXPECT_EQ(ParseConditionDate("1970-02"), int64_t{31} * 86400000);
  EXPECT_EQ(ParseConditionDate("2000-02-29"), 951782400000);
  EXPECT_EQ(ParseConditionDate("2026-01-31T09:30Z"), 1769851800000);
  EXPECT_EQ(ParseConditionDate("2026-01-31T09:30:00Z"), 1769851800000);
  EXPECT_EQ(ParseConditionDate("2026-01-31T09:30:00.250Z"), 1769851800250);
  EXPECT_EQ(ParseConditionDate("2026-01-31T11:30:00+02:00"), 1769851800000);
  EXPECT_EQ(ParseConditionDate("2026-01-31T04:00:00-05:30"), 1769851800000);
  EXPECT_EQ(ParseConditionDate("1769851800"), 1769851800000);
  EXPECT_EQ(ParseConditionDate("1969-12-31"), -86400000);
}

TEST(ConditionValuesTest, RefusesDatesThatDoNotExist) {
  for (const char* text : {"", "26", "2026-13", "2026-02-29", "2026-1-1", "2026-01-31T25:00Z", "2026-01-31T09:30",
                           "2026-01-31T09:30:00", "2026-01-31T09:30:61Z", "2026-01-31T09:30:00.Z", "2026-01-31 09:30Z",
                           "2026-01-31T09:30:00ZZ", "99999999999999999999", "253402300800"}) {
    EXPECT_FALSE(ParseConditionDate(text)) << text;
  }
}

TEST(ConditionValuesTest, KnowsWhichAddressesANetworkHolds) {
  const auto contains = [](const char* network, const char* address) {
    return IpNetwork::Parse(network)->Contains(*IpNetwork::Parse(address));
  };
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("192.168.1.128/25", "192.168.1.200"));
  EXPECT_FALSE(contains("192.168.1.128/25", "192.168.1.127"));
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
  EXPECT_TRUE(contains("203.0.113.9", "203.0.113.9"));
  EXPECT_FALSE(contains("203.0.113.9", "203.0.113.8"));
  EXPECT_TRUE(contains("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_FALSE(contains("2001:db8::/32", "2001:db9::1"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
}

TEST(ConditionValuesTest, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::1/129", "host"}) {
    EXPECT_FALSE(IpNetwork::Parse(text)) << text;
  }
  EXPECT_FALSE(IpNetwork::Parse(std::string_view("10.0.0.1\0x", 10)));
}

}  // namespace
}  // namespace hearth::controller
