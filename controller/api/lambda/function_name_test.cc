#include "controller/api/lambda/function_name.h"

#include <gtest/gtest.h>

#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

const FunctionScope kScope{"eu-west-1", "000000000000"};

struct NameCase {
  std::string_view text;
  std::string_view name;  // empty: refused
  std::string_view qualifier;
};

class EveryNameTest : public testing::TestWithParam<NameCase> {};

TEST_P(EveryNameTest, IsReadAsAwsReadsIt) {
  const auto parsed = FunctionName::Parse(GetParam().text);
  ASSERT_EQ(parsed.has_value(), !GetParam().name.empty()) << GetParam().text;
  if (!parsed) return;
  EXPECT_EQ(parsed->name, GetParam().name) << GetParam().text;
  EXPECT_EQ(parsed->qualifier, GetParam().qualifier) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Forms, EveryNameTest,
    testing::Values(
        NameCase{"hello", "hello", ""}, NameCase{"hello:1", "hello", "1"},
        NameCase{"hello:$LATEST", "hello", "$LATEST"}, NameCase{"function:hello", "hello", ""},
        NameCase{"function:hello:live", "hello", "live"}, NameCase{"function", "function", ""},
        NameCase{"function:$LATEST", "function", "$LATEST"}, NameCase{"000000000000:function:hello", "hello", ""},
        NameCase{"000000000000:hello:2", "hello", "2"}, NameCase{"eu-west-1:000000000000:function:hello", "hello", ""},
        NameCase{"arn:aws:lambda:eu-west-1:000000000000:function:hello", "hello", ""},
        NameCase{"arn:aws:lambda:eu-west-1:000000000000:function:hello:7", "hello", "7"},
        NameCase{"arn:aws:lambda:eu-west-1:000000000000:function", "function", ""},
        NameCase{"arn:aws-us-gov:lambda:us-gov-east-1:000000000000:function:hello", "hello", ""},
        NameCase{"with.dot", "with.dot", ""}, NameCase{"hello:$LATEST.PUBLISHED", "hello", "$LATEST.PUBLISHED"},
        NameCase{"", "", ""}, NameCase{"hello:", "", ""}, NameCase{":hello", "", ""}, NameCase{"hello:$LATES", "", ""},
        NameCase{"hello:1:2", "", ""}, NameCase{"hello world", "", ""},
        NameCase{"arn:aws:lambda::000000000000:function:hello", "", ""},
        NameCase{"arn:aws:lambda:eu-west-1::function:hello", "", ""},
        NameCase{"arn:aws:lambda:eu-west-1:function:hello", "", ""},
        NameCase{"arn:aws:s3:eu-west-1:000000000000:function:hello", "", ""},
        NameCase{"arn:azure:lambda:eu-west-1:000000000000:function:hello", "", ""}, NameCase{"héllo", "", ""}));

TEST(FunctionNameTest, IsStricterWhereAFunctionIsMade) {
  EXPECT_FALSE(FunctionName::ParseStrict("with.dot").has_value());
  EXPECT_FALSE(FunctionName::ParseStrict("hello:$LATEST.PUBLISHED").has_value());
  EXPECT_TRUE(FunctionName::ParseStrict("hello:$LATEST").has_value());
}

TEST(FunctionTargetTest, TakesTheQualifierFromEitherPlace) {
  const std::string qualifier = "1";
  EXPECT_EQ(ReadFunctionTarget("hello:1", nullptr, kScope)->qualifier, "1");
  EXPECT_EQ(ReadFunctionTarget("hello", &qualifier, kScope)->qualifier, "1");
  EXPECT_EQ(ReadFunctionTarget("hello:1", &qualifier, kScope)->qualifier, "1");
}

TEST(FunctionTargetTest, KeepsTheQualifierInTheArnOnlyWhenItWasGiven) {
  EXPECT_EQ(ReadFunctionTarget("hello", nullptr, kScope)->Arn(kScope),
            "arn:aws:lambda:eu-west-1:000000000000:function:hello");
  EXPECT_EQ(ReadFunctionTarget("hello:$LATEST", nullptr, kScope)->Arn(kScope),
            "arn:aws:lambda:eu-west-1:000000000000:function:hello:$LATEST");
}

TEST(FunctionTargetTest, LooksAtTheQualifierBeforeTheRegion) {
  const std::string qualifier = "2";
  const absl::Status status =
      ReadFunctionTarget("arn:aws:lambda:us-east-1:000000000000:function:hello:1", &qualifier, kScope).status();
  EXPECT_EQ(AwsErrorShape(status), "InvalidParameterValueException");
}

TEST(FunctionTargetTest, RefusesAnEmptyQualifier) {
  const std::string qualifier;
  EXPECT_EQ(AwsErrorShape(ReadFunctionTarget("hello", &qualifier, kScope).status()), "ValidationException");
}

}  // namespace
}  // namespace hearth::controller
