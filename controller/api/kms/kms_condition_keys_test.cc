#include "controller/api/kms/kms_condition_keys.h"

#include "controller/api/kms/kms_api_test_support.h"
#include "controller/api/lambda/access/call_keys.h"

namespace hearth::controller {
namespace {

using Texts = std::vector<std::string>;

class KmsConditionKeysTest : public KmsApiTest {
 protected:
  // What a call says for a key.
  Texts Find(std::string_view operation, const std::string& input, std::string_view key) {
    ApiCall call;
    call.caller = caller_;
    call.source_ip = "203.0.113.9";
    const CallKeys of_call("", call);
    const Json members = *Json::Parse(input);
    ConditionValues values;
    const std::unique_ptr<ConditionKeys> keys = api_.KeysOf(call, operation, members, of_call);
    keys->Find(key, values);
    return {values.begin(), values.end()};
  }
  // Whether the key's policy, with this condition, lets its account decrypt with this context.
  bool Decrypts(const std::string& condition, const KmsContext& context) {
    const std::string policy =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},)"
        R"("Action":"kms:*","Resource":"*","Condition":)" +
        condition + "}]}";
    EXPECT_TRUE(grants_->PutPolicy(*keys_.Find(scope_, id_), policy).ok());
    return access_.Check(caller_, *keys_.Find(scope_, id_), {.operation = "Decrypt", .context = context}).ok();
  }

  const std::string id_ = NewKey();
};

TEST_F(KmsConditionKeysTest, JudgeByTheEncryptionContext) {
  const std::string equals = R"({"StringEquals":{"kms:EncryptionContext:team":"red"}})";
  EXPECT_TRUE(Decrypts(equals, {{"team", "red"}, {"more", "1"}}));
  EXPECT_FALSE(Decrypts(equals, {{"team", "blue"}}));
  EXPECT_FALSE(Decrypts(equals, {}));
  const std::string only = R"({"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["team","stage"]}})";
  EXPECT_TRUE(Decrypts(only, {{"team", "red"}}));
  EXPECT_TRUE(Decrypts(only, {}));
  EXPECT_FALSE(Decrypts(only, {{"team", "red"}, {"more", "1"}}));
  const std::string some = R"({"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"team"}})";
  EXPECT_TRUE(Decrypts(some, {{"team", "blue"}, {"more", "1"}}));
  EXPECT_FALSE(Decrypts(some, {{"more", "1"}}));
}

TEST_F(KmsConditionKeysTest, BelieveNoContextThatTheOperationDoesNotHave) {
  const std::string input = With(id_, R"("EncryptionContext":{"team":"red"})");
  EXPECT_EQ(Find("Encrypt", input, "kms:encryptioncontextkeys"), Texts{"team"});
  EXPECT_EQ(Find("ScheduleKeyDeletion", input, "kms:encryptioncontextkeys"), Texts());
  ApiCall call;
  call.caller = caller_;
  const auto context_of = [&](std::string_view operation) {
    return api_.AccessOf(call, operation, *Json::Parse(input))->context.count("kms:EncryptionContext:team");
  };
  EXPECT_EQ(context_of("Encrypt"), 1u);
  EXPECT_EQ(context_of("ScheduleKeyDeletion"), 0u);
}

TEST_F(KmsConditionKeysTest, SayWhatTheKeyIs) {
  EXPECT_EQ(Find("DescribeKey", With(id_, ""), "kms:keyspec"), Texts{"SYMMETRIC_DEFAULT"});
  EXPECT_EQ(Find("DescribeKey", With(id_, ""), "kms:multiregion"), Texts{"false"});
  EXPECT_EQ(Find("CreateKey", "{}", "kms:keyorigin"), Texts{"AWS_KMS"});
  EXPECT_EQ(Find("ListKeys", "{}", "kms:keyspec"), Texts());
  EXPECT_EQ(Find("DescribeKey", With(id_, ""), "aws:sourceip"), Texts{"203.0.113.9"});
}

TEST_F(KmsConditionKeysTest, KnowTheTagsAndAliasesOfTheKey) {
  ASSERT_EQ(Call("TagResource", With(id_, R"("Tags":[{"TagKey":"Team","TagValue":"red"}])")).error, "");
  EXPECT_EQ(Find("Encrypt", With(id_, ""), "aws:resourcetag/team"), Texts{"red"});
  EXPECT_EQ(Find("Encrypt", With(id_, ""), "kms:resourcealiases"), Texts());
  for (const char* name : {"alias/a", "alias/b"}) {
    ASSERT_EQ(Call("CreateAlias", R"({"AliasName":")" + std::string(name) + R"(","TargetKeyId":")" + id_ + "\"}").error,
              "");
  }
  EXPECT_EQ(Find("Encrypt", With(id_, ""), "kms:resourcealiases"), (Texts{"alias/a", "alias/b"}));
  EXPECT_EQ(Find("Encrypt", With("alias/a", ""), "aws:resourcetag/team"), Texts{"red"});
  EXPECT_EQ(Find("Encrypt", With("alias/a", ""), "kms:requestalias"), Texts{"alias/a"});
}

TEST_F(KmsConditionKeysTest, TellAReEncryptionUnderTheSameKey) {
  const std::string sealed =
      Call("Encrypt", With(id_, R"("Plaintext":"eA==")")).body.Find("CiphertextBlob")->as_string();
  const auto same = [&](const std::string& destination) {
    return Find("ReEncrypt", R"({"CiphertextBlob":")" + sealed + R"(","DestinationKeyId":")" + destination + "\"}",
                "kms:reencryptonsamekey");
  };
  EXPECT_EQ(same(id_), Texts{"true"});
  EXPECT_EQ(same(NewKey()), Texts{"false"});
}

}  // namespace
}  // namespace hearth::controller
