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

TEST(AccountTest, AChangeOfALimitIsANumberOrTheDefault) {
  EXPECT_EQ(LimitChanges({"code_bytes=5", "concurrent_executions=default"})->Dump(),
            R"({"code_bytes":5,"concurrent_executions":null})");
  for (const char* wrong : {"code_bytes", "code_bytes=", "code_bytes=5x", "=x"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(LimitChanges({wrong}).status())) << wrong;
  }
}

TEST(AccountTest, LimitsArePrintedWithWhereTheyComeFrom) {
  const std::string lines = LimitLines(*Json::Parse(
      R"({"Limits":[{"Name":"a","Value":5,"Own":true,"Unit":"u","Reason":"r"},{"Name":"b","Value":6,"Own":false}]})"));
  EXPECT_NE(lines.find(" 5 u "), std::string::npos);
  EXPECT_LT(lines.find(" own "), lines.find(" default "));
}

}  // namespace
}  // namespace hearth::cli
