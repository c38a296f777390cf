#include "common/arn.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

constexpr char kFunction[] = "arn:aws:lambda:us-east-1:123456789012:function:hello:PROD";

TEST(ArnTest, TheResourceKeepsItsColons) {
  const std::optional<Arn> arn = Arn::Parse(kFunction);
  ASSERT_TRUE(arn.has_value());
  EXPECT_EQ(*arn, (Arn{"aws", "lambda", "us-east-1", "123456789012", "function:hello:PROD"}));
}

TEST(ArnTest, ToStringGivesTheTextBack) { EXPECT_EQ(Arn::Parse(kFunction)->ToString(), kFunction); }

TEST(ArnTest, RegionAndAccountMayBeEmpty) {
  const std::optional<Arn> arn = Arn::Parse("arn:aws:s3:::bucket/key");
  ASSERT_TRUE(arn.has_value());
  EXPECT_EQ(arn->resource, "bucket/key");
}

class NotAnArnTest : public testing::TestWithParam<const char*> {};

TEST_P(NotAnArnTest, IsRefused) { EXPECT_FALSE(Arn::Parse(GetParam()).has_value()); }

INSTANTIATE_TEST_SUITE_P(Texts, NotAnArnTest,
                         testing::Values("", "arn", "hello", "arn:aws:lambda", "arn:aws:lambda:us-east-1:123456789012",
                                         "arn:aws:lambda:us-east-1:123456789012:", "urn:aws:lambda:r:a:function:f",
                                         "arn::lambda:r:a:function:f", "arn:aws::r:a:function:f",
                                         "ARN:aws:lambda:r:a:function:f"));

}  // namespace
}  // namespace hearth
