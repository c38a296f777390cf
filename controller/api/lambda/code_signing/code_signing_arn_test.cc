#include "controller/api/lambda/code_signing/code_signing_arn.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

constexpr char kArn[] = "arn:aws:lambda:eu-west-1:000000000000:code-signing-config:csc-0123456789abcdefg";

TEST(CodeSigningArnTest, ReadsTheIdOfItsOwn) {
  EXPECT_EQ(CodeSigningConfigId(kArn, "eu-west-1", "000000000000"), "csc-0123456789abcdefg");
  EXPECT_EQ(CodeSigningConfigId(kArn, "us-east-1", "000000000000"), "");
  EXPECT_EQ(CodeSigningConfigId(kArn, "eu-west-1", "111111111111"), "");
  EXPECT_EQ(CodeSigningConfigId("nonsense", "eu-west-1", "000000000000"), "");
}

TEST(CodeSigningArnTest, WritesWhatItReads) {
  records::CodeSigningConfig config;
  config.set_region("eu-west-1");
  config.set_account("000000000000");
  config.set_id("csc-0123456789abcdefg");
  EXPECT_EQ(CodeSigningConfigArn(config), kArn);
}

TEST(CodeSigningArnTest, KnowsTheFormOfAConfigurationsArn) {
  EXPECT_TRUE(kCodeSigningConfigArnPattern.matches(kArn));
  for (const char* text : {"arn:aws:lambda:eu-west-1:000000000000:code-signing-config:csc-0123",
                           "arn:aws:lambda:eu-west-1:000000000000:code-signing-config:csc-0123456789ABCDEFG",
                           "arn:aws:lambda:eu-west-1:1:code-signing-config:csc-0123456789abcdefg", ""}) {
    EXPECT_FALSE(kCodeSigningConfigArnPattern.matches(text)) << text;
  }
}

TEST(CodeSigningArnTest, KnowsTheFormOfAnyArn) {
  EXPECT_TRUE(kAnyArnPattern.matches("arn:aws:signer:eu-west-1:000000000000:/signing-profiles/ours/abcdef0123"));
  EXPECT_TRUE(kAnyArnPattern.matches("arn:aws:s3:::bucket"));
  for (const char* text : {"", "arn:aws:signer", "arn:other:signer:eu-west-1:000000000000:x",
                           "arn:aws::eu-west-1:000000000000:x", "arn:aws:signer:nowhere:000000000000:x"}) {
    EXPECT_FALSE(kAnyArnPattern.matches(text)) << text;
  }
}

}  // namespace
}  // namespace hearth::controller
