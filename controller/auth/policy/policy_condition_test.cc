#include "controller/auth/policy/policy_condition.h"

#include <gtest/gtest.h>

#include "controller/auth/policy/policy_test_support.h"

namespace hearth::controller {
namespace {

// Whether {op: {"a:b": values}} holds of a request with these values of a:b.
bool Holds(std::string_view op, std::string_view values, std::vector<std::string> request) {
  WrittenKeys::Map map;
  if (!request.empty()) map["a:b"] = std::move(request);
  const auto condition = PolicyCondition::Compile(op, "A:B", *Json::Parse(values), /*variables=*/true);
  EXPECT_TRUE(condition.ok()) << condition.status();
  return condition.ok() && condition->Holds(WrittenKeys(map));
}

TEST(PolicyConditionTest, ComparesStrings) {
  EXPECT_TRUE(Holds("StringEquals", R"(["x","y"])", {"y"}));
  EXPECT_FALSE(Holds("StringEquals", R"("X")", {"x"}));
  EXPECT_TRUE(Holds("StringEqualsIgnoreCase", R"("X")", {"x"}));
  EXPECT_FALSE(Holds("StringNotEqualsIgnoreCase", R"("X")", {"x"}));
  EXPECT_FALSE(Holds("StringNotEquals", R"(["x","y"])", {"y"}));
  EXPECT_TRUE(Holds("StringNotEquals", R"(["x","y"])", {"z"}));
  EXPECT_TRUE(Holds("StringLike", R"("x*")", {"xyz"}));
  EXPECT_FALSE(Holds("StringNotLike", R"("x*")", {"xyz"}));
  EXPECT_FALSE(Holds("StringEquals", R"("x*")", {"xyz"}));
}

TEST(PolicyConditionTest, ComparesNumbers) {
  EXPECT_TRUE(Holds("NumericEquals", "10", {"10.0"}));
  EXPECT_TRUE(Holds("NumericNotEquals", R"("10")", {"11"}));
  EXPECT_TRUE(Holds("NumericLessThan", "10", {"9"}));
  EXPECT_FALSE(Holds("NumericLessThan", "10", {"10"}));
  EXPECT_TRUE(Holds("NumericLessThanEquals", "10", {"10"}));
  EXPECT_TRUE(Holds("NumericGreaterThan", "10", {"11"}));
  EXPECT_TRUE(Holds("NumericGreaterThanEquals", "10", {"10"}));
  EXPECT_FALSE(Holds("NumericEquals", "10", {"ten"}));
}

TEST(PolicyConditionTest, ComparesDates) {
  EXPECT_TRUE(Holds("DateEquals", R"("2026-01-31T00:00:00Z")", {"2026-01-31T01:00:00+01:00"}));
  EXPECT_TRUE(Holds("DateNotEquals", R"("2026-01-31")", {"2026-02-01"}));
  EXPECT_TRUE(Holds("DateLessThan", R"("2026-01-31")", {"2026-01-30T23:59:59.999Z"}));
  EXPECT_TRUE(Holds("DateLessThanEquals", R"("2026-01-31")", {"2026-01-31T00:00:00Z"}));
  EXPECT_TRUE(Holds("DateGreaterThan", "1769817600", {"2026-01-31T00:00:01Z"}));
  EXPECT_TRUE(Holds("DateGreaterThanEquals", R"("2026-01-31")", {"1769817600"}));
}

TEST(PolicyConditionTest, ComparesTruthBytesAddressesAndArns) {
  EXPECT_TRUE(Holds("Bool", "true", {"true"}));
  EXPECT_FALSE(Holds("Bool", R"("false")", {"true"}));
  EXPECT_TRUE(Holds("BinaryEquals", R"("QmluYXJ5")", {"QmluYXJ5"}));
  EXPECT_FALSE(Holds("BinaryEquals", R"("QmluYXJ5")", {"QmluYXJ6"}));
  EXPECT_TRUE(Holds("IpAddress", R"(["192.0.2.0/24","10.0.0.0/8"])", {"10.1.2.3"}));
  EXPECT_FALSE(Holds("NotIpAddress", R"(["192.0.2.0/24","10.0.0.0/8"])", {"10.1.2.3"}));
  EXPECT_TRUE(Holds("ArnLike", R"("arn:aws:s3:::b*")", {"arn:aws:s3:::bucket"}));
  EXPECT_TRUE(Holds("ArnEquals", R"("arn:aws:s3:::b*")", {"arn:aws:s3:::bucket"}));
  EXPECT_FALSE(Holds("ArnNotEquals", R"("arn:aws:s3:::b*")", {"arn:aws:s3:::bucket"}));
  EXPECT_TRUE(Holds("ArnNotLike", R"("arn:aws:s3:::c*")", {"arn:aws:s3:::bucket"}));
}

TEST(PolicyConditionTest, FailsPositiveAndSatisfiesNegatedOperatorsWithoutTheKey) {
  EXPECT_FALSE(Holds("StringEquals", R"("x")", {}));
  EXPECT_FALSE(Holds("NumericLessThan", "1", {}));
  EXPECT_FALSE(Holds("Bool", "false", {}));
  EXPECT_TRUE(Holds("StringNotEquals", R"("x")", {}));
  EXPECT_TRUE(Holds("StringNotLike", R"("x")", {}));
  EXPECT_TRUE(Holds("ArnNotLike", R"("arn:aws:s3:::x")", {}));
  EXPECT_TRUE(Holds("NotIpAddress", R"("10.0.0.0/8")", {}));
}

TEST(PolicyConditionTest, IsSatisfiedByAnAbsentKeyIfExists) {
  EXPECT_TRUE(Holds("StringEqualsIfExists", R"("x")", {}));
  EXPECT_TRUE(Holds("BoolIfExists", "true", {}));
  EXPECT_FALSE(Holds("StringEqualsIfExists", R"("x")", {"y"}));
  EXPECT_TRUE(Holds("StringNotEqualsIfExists", R"("x")", {}));
}

TEST(PolicyConditionTest, AsksWithNullWhetherTheKeyIsThere) {
  EXPECT_TRUE(Holds("Null", "true", {}));
  EXPECT_FALSE(Holds("Null", "true", {"x"}));
  EXPECT_TRUE(Holds("Null", R"("false")", {"x"}));
  EXPECT_FALSE(Holds("Null", R"("false")", {}));
}

TEST(PolicyConditionTest, LooksAtEveryValueForAllValues) {
  EXPECT_TRUE(Holds("ForAllValues:StringEquals", R"(["x","y"])", {"x", "y"}));
  EXPECT_FALSE(Holds("ForAllValues:StringEquals", R"(["x","y"])", {"x", "z"}));
  EXPECT_TRUE(Holds("ForAllValues:StringEquals", R"(["x"])", {}));
  EXPECT_TRUE(Holds("ForAllValues:StringNotEquals", R"(["x"])", {"y", "z"}));
  EXPECT_FALSE(Holds("ForAllValues:StringNotEquals", R"(["x"])", {"x", "z"}));
}

TEST(PolicyConditionTest, LooksForOneValueForAnyValue) {
  EXPECT_TRUE(Holds("ForAnyValue:StringLike", R"(["x*"])", {"a", "xx"}));
  EXPECT_FALSE(Holds("ForAnyValue:StringLike", R"(["x*"])", {"a", "b"}));
  EXPECT_FALSE(Holds("ForAnyValue:StringLike", R"(["x*"])", {}));
  EXPECT_FALSE(Holds("ForAnyValue:StringEqualsIfExists", R"(["x"])", {}));
  EXPECT_FALSE(Holds("ForAnyValue:StringNotEquals", R"(["x"])", {}));
  EXPECT_TRUE(Holds("ForAnyValue:StringNotEquals", R"(["x"])", {"x", "y"}));
}

TEST(PolicyConditionTest, ComparesWithVariables) {
  EXPECT_TRUE(Holds("StringEquals", R"("${a:b}")", {"x"}));
  EXPECT_FALSE(Holds("StringEquals", R"("${a:c}")", {"x"}));
  EXPECT_TRUE(Holds("StringNotEquals", R"("${a:c}")", {"x"}));
}

TEST(PolicyConditionTest, HasNothingToCompareWithInAnEmptyList) {
  EXPECT_FALSE(Holds("StringEquals", "[]", {"x"}));
  EXPECT_TRUE(Holds("StringNotEquals", "[]", {"x"}));
}

TEST(PolicyConditionTest, RefusesAnOperatorNobodyKnows) {
  EXPECT_FALSE(PolicyCondition::Compile("StringIs", "a:b", Json("x"), true).ok());
  EXPECT_FALSE(PolicyCondition::Compile("ForAllValues:ForAnyValue:StringEquals", "a:b", Json("x"), true).ok());
}

}  // namespace
}  // namespace hearth::controller
