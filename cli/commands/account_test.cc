#include "cli/commands/account.h"

#include <gtest/gtest.h>

#include "cli/aws_profile.h"

namespace hearth::cli {
namespace {

TEST(AccountProfileTest, IsAProfileThatTheAwsCliReads) {
  const Json answer(Json::Object{{"Account", "111111111111"}, {"AccessKeyId", "AKIA1"}, {"SecretAccessKey", "s/+"}});
  const auto keys = ParseIniSection(AccountProfile(answer), "111111111111");
  EXPECT_EQ(keys.at("aws_access_key_id"), "AKIA1");
  EXPECT_EQ(keys.at("aws_secret_access_key"), "s/+");
}

TEST(RunAccountCreateTest, SaysWhereItLookedForTheController) {
  AccountOptions options;
  options.data_directory = "/nowhere";
  EXPECT_NE(std::string(RunAccountCreate(options).message()).find("/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace hearth::cli
