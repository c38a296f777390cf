#include "controller/api/kms/key_use.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

using Texts = std::vector<std::string>;

KeyUse Read(std::string_view operation, const char* input) { return KeyUse::Read(operation, *Json::Parse(input)); }

Texts KeyOf(std::string_view operation, const char* input, std::string_view key) {
  const KeyUse use = Read(operation, input);
  const auto found = use.condition_keys.find(key);
  return found == use.condition_keys.end() ? Texts() : found->second;
}

TEST(KeyUseTest, HasTheContextOfCryptographicOperationsAlone) {
  const char* input = R"({"KeyId":"k","EncryptionContext":{"team":"red","n":1}})";
  EXPECT_EQ(Read("Decrypt", input).context, (KmsContext{{"team", "red"}}));
  EXPECT_TRUE(Read("Decrypt", input).HasContext());
  EXPECT_EQ(Read("ScheduleKeyDeletion", input).context, KmsContext());
  EXPECT_FALSE(Read("ScheduleKeyDeletion", input).HasContext());
}

TEST(KeyUseTest, JudgesAReEncryptionByItsDestination) {
  const KeyUse use = Read("ReEncrypt", R"({"DestinationKeyId":"alias/d","SourceKeyId":"alias/s",
      "DestinationEncryptionContext":{"to":"1"},"SourceEncryptionContext":{"from":"1"}})");
  EXPECT_EQ(use.operation, "ReEncryptTo");
  EXPECT_EQ(use.context, (KmsContext{{"to", "1"}}));
  EXPECT_EQ(use.condition_keys.at("kms:requestalias"), Texts{"alias/d"});
}

TEST(KeyUseTest, ReadsWhatANewGrantWouldAllow) {
  const char* input =
      R"({"KeyId":"k","GranteePrincipal":"arn:a","RetiringPrincipal":"arn:b","Operations":["Decrypt","Encrypt"],
                          "Constraints":{"EncryptionContextEquals":{"team":"red"}}})";
  const KeyUse use = Read("CreateGrant", input);
  EXPECT_EQ(use.granted_operations, (Texts{"Decrypt", "Encrypt"}));
  EXPECT_TRUE(use.exact_context);
  EXPECT_EQ(use.context, (KmsContext{{"team", "red"}}));
  EXPECT_EQ(KeyOf("CreateGrant", input, "kms:grantoperations"), (Texts{"Decrypt", "Encrypt"}));
  EXPECT_EQ(KeyOf("CreateGrant", input, "kms:granteeprincipal"), Texts{"arn:a"});
  EXPECT_EQ(KeyOf("CreateGrant", input, "kms:retiringprincipal"), Texts{"arn:b"});
  EXPECT_EQ(KeyOf("CreateGrant", input, "kms:grantconstrainttype"), Texts{"EncryptionContextEquals"});
  EXPECT_EQ(KeyOf("CreateGrant", input, "kms:grantisforawsresource"), Texts{"false"});
  EXPECT_EQ(KeyOf("Encrypt", input, "kms:granteeprincipal"), Texts());
}

TEST(KeyUseTest, ReadsTagsWhereTheyAreSet) {
  const char* tags = R"({"Tags":[{"TagKey":"Team","TagValue":"red"},{"TagKey":"stage","TagValue":""},7]})";
  EXPECT_EQ(KeyOf("CreateKey", tags, "aws:tagkeys"), (Texts{"Team", "stage", ""}));
  EXPECT_EQ(KeyOf("TagResource", tags, "aws:requesttag/team"), Texts{"red"});
  EXPECT_EQ(KeyOf("Encrypt", tags, "aws:tagkeys"), Texts());
  EXPECT_EQ(KeyOf("UntagResource", R"({"TagKeys":["Team"]})", "aws:tagkeys"), Texts{"Team"});
}

TEST(KeyUseTest, ReadsTheAliasThatARequestNames) {
  EXPECT_EQ(KeyOf("Encrypt", R"({"KeyId":"alias/db"})", "kms:requestalias"), Texts{"alias/db"});
  EXPECT_EQ(KeyOf("Encrypt", R"({"KeyId":"arn:aws:kms:r:1:alias/db/x"})", "kms:requestalias"), Texts{"alias/db/x"});
  EXPECT_EQ(KeyOf("Encrypt", R"({"KeyId":"arn:aws:kms:r:1:key/k"})", "kms:requestalias"), Texts());
}

TEST(KeyUseTest, ReadsWhatIsAskedOfAKeyAndItsPolicy) {
  EXPECT_EQ(KeyOf("PutKeyPolicy", R"({"BypassPolicyLockoutSafetyCheck":true})", "kms:bypasspolicylockoutsafetycheck"),
            Texts{"true"});
  EXPECT_EQ(KeyOf("CreateKey", "{}", "kms:bypasspolicylockoutsafetycheck"), Texts{"false"});
  EXPECT_EQ(KeyOf("ScheduleKeyDeletion", R"({"PendingWindowInDays":7})", "kms:schedulekeydeletionpendingwindowindays"),
            Texts{"7"});
  EXPECT_EQ(KeyOf("Decrypt", "{}", "kms:encryptionalgorithm"), Texts{"SYMMETRIC_DEFAULT"});
  EXPECT_EQ(KeyOf("DescribeKey", "{}", "kms:encryptionalgorithm"), Texts());
}

}  // namespace
}  // namespace hearth::controller
