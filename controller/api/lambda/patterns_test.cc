#include "controller/api/lambda/patterns.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

struct PatternCase {
  const TextPattern* pattern;
  std::string_view text;
  bool matches;
};

class PatternsTest : public testing::TestWithParam<PatternCase> {};

TEST_P(PatternsTest, MatchAsTheirTextSays) {
  const auto& [pattern, text, matches] = GetParam();
  EXPECT_EQ(pattern->matches(text), matches) << pattern->text << " on " << text;
}

constexpr std::string_view kRoleArn = "arn:aws:iam::000000000000:role/path/My.Role+=,@-_";

INSTANTIATE_TEST_SUITE_P(
    All, PatternsTest,
    testing::Values(
        PatternCase{&kRolePattern, kRoleArn, true}, PatternCase{&kRolePattern, "arn:aws:iam::0:role/a", false},
        PatternCase{&kRolePattern, "arn::iam::000000000000:role/a", true},
        PatternCase{&kRolePattern, "arn:aws-us-gov:iam::000000000000:rolename", true},
        PatternCase{&kRolePattern, "arn:aws:iam::000000000000:role", false},
        PatternCase{&kRolePattern, "arn:aws:iam::000000000000:role/a b", false},
        PatternCase{&kRolePattern, "arn:aws:iam::000000000000:user/a", false}, PatternCase{&kRolePattern, "", false},
        PatternCase{&kHandlerPattern, "a.b", true}, PatternCase{&kHandlerPattern, "a b", false},
        PatternCase{&kHandlerPattern, "", false}, PatternCase{&kQualifierPattern, "$LATEST", true},
        PatternCase{&kQualifierPattern, "$latest", true}, PatternCase{&kQualifierPattern, "$LATEST.PUBLISHED", true},
        PatternCase{&kQualifierPattern, "a.b", false}, PatternCase{&kEnvironmentKeyPattern, "AB_1", true},
        PatternCase{&kEnvironmentKeyPattern, "A", false}, PatternCase{&kEnvironmentKeyPattern, "_A", false},
        PatternCase{&kEnvironmentKeyPattern, "A-B", false}, PatternCase{&kTagPattern, "Größe: 1 kg +/-@", true},
        PatternCase{&kTagPattern, "a*b", false}, PatternCase{&kTagPattern, "a\tb", false},
        PatternCase{&kTagPattern, "a\xC2\x85", false}, PatternCase{&kSubnetPattern, "subnet-0a1", true},
        PatternCase{&kTaggableResourcePattern, "arn:aws-cn:lambda:cn-north-1:000000000000:function:a:$LATEST", true},
        PatternCase{&kTaggableResourcePattern, "arn::lambda:cn-north-1:000000000000:function:a", false},
        PatternCase{&kTaggableResourcePattern, "arn:aws:lambda:eu-west-1:000000000000:code-signing-config:csc-1",
                    false},
        PatternCase{&kRuntimeVersionArnPattern, "arn:aws:lambda:eu-west-1::runtime:a", true},
        PatternCase{&kRuntimeVersionArnPattern, "arn:aws:lambda:eu-west-1::runtime:", false},
        PatternCase{&kRuntimeVersionArnPattern, "arn:aws:lambda:eu-west-1:0:runtime:a", false},
        PatternCase{&kKmsKeyArnPattern, "", true},
        PatternCase{&kKmsKeyArnPattern, "arn:aws:kms:eu-west-1:0:key/1", true},
        PatternCase{&kKmsKeyArnPattern, "1234", false}, PatternCase{&kKmsKeyArnPattern, "arn:aws:KMS:x", false},
        PatternCase{&kDestinationPattern, "", true}, PatternCase{&kDestinationPattern, "kafka://topic", true},
        PatternCase{&kDestinationPattern, "arn:aws:s3:::bucket", true},
        PatternCase{&kDestinationPattern, "arn:aws:sqs:us-east-1:000000000000:q", true},
        PatternCase{&kDestinationPattern, "arn:aws:sqs:moon:000000000000:q", false},
        PatternCase{&kDestinationPattern, "arn:aws:sqs:us-east-1:0:q", false},
        PatternCase{&kDestinationPattern, "queue", false}, PatternCase{&kDestinationPattern, "kafka://.x", false},
        PatternCase{&kSubnetPattern, "subnet-0A", false}, PatternCase{&kSecurityGroupPattern, "sg-0A", true},
        PatternCase{&kSecurityGroupPattern, "sg_0", false}, PatternCase{&kLogGroupPattern, "/aws/lambda/x_1.#", true},
        PatternCase{&kLogGroupPattern, "a:b", false}, PatternCase{&kMasterRegionPattern, "ALL", true},
        PatternCase{&kMasterRegionPattern, "all", false}));

TEST(RegionTest, IsReadAsTheModelWritesIt) {
  for (const char* region :
       {"eu-west-1", "us-gov-east-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1", "ap-southeast-7"}) {
    EXPECT_TRUE(IsRegion(region)) << region;
  }
  for (const char* text : {"", "eu", "eu-west", "eu-west-11", "EU-west-1", "e-west-1", "eu-we st-1", "hello"}) {
    EXPECT_FALSE(IsRegion(text)) << text;
  }
}

TEST(AccountIdTest, IsTwelveDigits) {
  EXPECT_TRUE(IsAccountId("000000000000"));
  EXPECT_FALSE(IsAccountId("00000000000"));
  EXPECT_FALSE(IsAccountId("00000000000a"));
}

TEST(PatternsTest, AnAliasIsNotANumber) {
  for (const char* good : {"live", "v1", "1-a", "_"}) EXPECT_TRUE(kAliasNamePattern.matches(good)) << good;
  for (const char* bad : {"", "2024", "a.b", "$LATEST", "a b"}) EXPECT_FALSE(kAliasNamePattern.matches(bad)) << bad;
}

TEST(PatternsTest, AnAliasPointsToANumberOrLatest) {
  for (const char* good : {"1", "$LATEST", "$LATEST.PUBLISHED"}) EXPECT_TRUE(kAliasTargetPattern.matches(good)) << good;
  for (const char* bad : {"", "live", "$latest", "1a"}) EXPECT_FALSE(kAliasTargetPattern.matches(bad)) << bad;
  EXPECT_FALSE(kVersionNumberPattern.matches("$LATEST"));
}

}  // namespace
}  // namespace hearth::controller
