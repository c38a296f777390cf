#include "controller/api/kms/kms_api.h"

#include "controller/api/kms/kms_api_test_support.h"

namespace hearth::controller {
namespace {

TEST_F(KmsApiTest, DescribesANewKeyAsAwsDoes) {
  const Answer answer = Call("CreateKey", R"({"Description":"mine","Tags":[{"TagKey":"a","TagValue":"1"}]})");
  const Json& key = *answer.body.Find("KeyMetadata");
  EXPECT_EQ(key.Find("Arn")->as_string(), "arn:aws:kms:eu-west-1:000000000000:key/" + key.Find("KeyId")->as_string());
  EXPECT_EQ(key.Find("KeyState")->as_string(), "Enabled");
  EXPECT_EQ(key.Find("Description")->as_string(), "mine");
  EXPECT_EQ(key.Find("KeySpec")->as_string(), "SYMMETRIC_DEFAULT");
  EXPECT_EQ(Call("ListResourceTags", With(key.Find("KeyId")->as_string(), "")).body.Find("Tags")->Dump(),
            R"([{"TagKey":"a","TagValue":"1"}])");
}

TEST_F(KmsApiTest, RefusesKeysOfOtherKinds) {
  for (const char* input : {R"({"KeySpec":"RSA_2048"})", R"({"KeyUsage":"SIGN_VERIFY"})", R"({"MultiRegion":true})",
                            R"({"Origin":"EXTERNAL"})"}) {
    EXPECT_EQ(Call("CreateKey", input).error, "UnsupportedOperationException") << input;
  }
  EXPECT_TRUE(Call("ListKeys", "{}").body.Find("Keys")->as_array().empty());
}

TEST_F(KmsApiTest, DecryptsWithTheContextOfTheEncryption) {
  const std::string id = NewKey();
  const Answer sealed = Call("Encrypt", With(id, R"("Plaintext":"aGVsbG8=","EncryptionContext":{"a":"1"})"));
  const std::string blob = R"("CiphertextBlob":)" + sealed.body.Find("CiphertextBlob")->Dump();
  const Answer opened = Call("Decrypt", "{" + blob + R"(,"EncryptionContext":{"a":"1"}})");
  EXPECT_EQ(opened.body.Find("Plaintext")->as_string(), "aGVsbG8=");
  EXPECT_EQ(opened.body.Find("KeyId")->as_string(), sealed.body.Find("KeyId")->as_string());
  EXPECT_EQ(Call("Decrypt", "{" + blob + "}").error, "InvalidCiphertextException");
  EXPECT_EQ(Call("Decrypt", R"({"CiphertextBlob":"aGVsbG8="})").error, "InvalidCiphertextException");
  EXPECT_EQ(Call("Decrypt", With(NewKey(), blob + R"(,"EncryptionContext":{"a":"1"})")).error, "IncorrectKeyException");
}

TEST_F(KmsApiTest, EncryptsAnewUnderAnotherKeyAndContext) {
  const Answer first = Call("Encrypt", With(NewKey(), R"("Plaintext":"aGVsbG8=")"));
  const std::string other = NewKey();
  const Answer second =
      Call("ReEncrypt", R"({"CiphertextBlob":)" + first.body.Find("CiphertextBlob")->Dump() +
                            R"(,"DestinationKeyId":")" + other + R"(","DestinationEncryptionContext":{"b":"2"}})");
  ASSERT_EQ(second.error, "");
  EXPECT_EQ(second.body.Find("SourceKeyId")->as_string(), first.body.Find("KeyId")->as_string());
  const Answer opened = Call("Decrypt", R"({"EncryptionContext":{"b":"2"},"CiphertextBlob":)" +
                                            second.body.Find("CiphertextBlob")->Dump() + "}");
  EXPECT_EQ(opened.body.Find("Plaintext")->as_string(), "aGVsbG8=");
  EXPECT_TRUE(opened.body.Find("KeyId")->as_string().ends_with(other));
}

TEST_F(KmsApiTest, MakesDataKeysOfTheSizeAskedFor) {
  const std::string id = NewKey();
  const Answer answer = Call("GenerateDataKey", With(id, R"("KeySpec":"AES_256")"));
  EXPECT_EQ(Base64Decode(answer.body.Find("Plaintext")->as_string())->size(), 32u);
  const Answer opened = Call("Decrypt", R"({"CiphertextBlob":)" + answer.body.Find("CiphertextBlob")->Dump() + "}");
  EXPECT_EQ(opened.body.Find("Plaintext")->Dump(), answer.body.Find("Plaintext")->Dump());
  EXPECT_EQ(Call("GenerateDataKeyWithoutPlaintext", With(id, R"("NumberOfBytes":5)")).body.Find("Plaintext"), nullptr);
  EXPECT_EQ(Call("GenerateDataKey", With(id, "")).text, "Please specify either number of bytes or key spec.");
  EXPECT_EQ(Call("GenerateDataKey", With(id, R"("NumberOfBytes":1025)")).error, "ValidationException");
}

TEST_F(KmsApiTest, UsesNoKeyThatIsDisabledOrPendingDeletion) {
  const std::string id = NewKey();
  const std::string arn = "arn:aws:kms:eu-west-1:000000000000:key/" + id;
  Call("DisableKey", With(id, ""));
  const Answer disabled = Call("Encrypt", With(id, R"("Plaintext":"aA==")"));
  EXPECT_EQ(disabled.error, "DisabledException");
  EXPECT_EQ(disabled.text, arn + " is disabled.");
  Call("EnableKey", With(id, ""));
  EXPECT_EQ(Call("Encrypt", With(id, R"("Plaintext":"aA==")")).error, "");
  const Answer doomed = Call("ScheduleKeyDeletion", With(id, R"("PendingWindowInDays":7)"));
  EXPECT_EQ(doomed.body.Find("KeyId")->as_string(), arn);
  const Answer refused = Call("Encrypt", With(id, R"("Plaintext":"aA==")"));
  EXPECT_EQ(refused.error, "KMSInvalidStateException");
  EXPECT_EQ(refused.text, arn + " is pending deletion.");
  EXPECT_EQ(Call("EnableKey", With(id, "")).error, "KMSInvalidStateException");
  EXPECT_EQ(Call("CancelKeyDeletion", With(id, "")).body.Find("KeyId")->as_string(), arn);
  EXPECT_EQ(State(id), "Disabled");
  EXPECT_EQ(Call("CancelKeyDeletion", With(id, "")).text, arn + " is not pending deletion.");
}

TEST_F(KmsApiTest, BoundsTheWaitBeforeADeletion) {
  const std::string id = NewKey();
  EXPECT_EQ(Call("ScheduleKeyDeletion", With(id, R"("PendingWindowInDays":6)")).text,
            "1 validation error detected: Value '6' at 'pendingWindowInDays' failed to satisfy constraint: Member must "
            "have value greater than or equal to 7");
  EXPECT_EQ(State(id), "Enabled");
}

TEST_F(KmsApiTest, TakesAliasesWhereAwsDoes) {
  const std::string id = NewKey();
  const std::string alias = R"({"AliasName":"alias/a","TargetKeyId":")" + id + R"("})";
  EXPECT_EQ(Call("CreateAlias", alias).error, "");
  EXPECT_EQ(Call("CreateAlias", alias).text,
            "An alias with the name arn:aws:kms:eu-west-1:000000000000:alias/a already exists");
  EXPECT_EQ(Call("Encrypt", With("alias/a", R"("Plaintext":"aA==")")).error, "");
  EXPECT_EQ(Call("DisableKey", With("alias/a", "")).text, "Invalid keyId alias/a");
  EXPECT_EQ(Call("ListAliases", With(id, "")).body.Find("Aliases")->as_array().size(), 1u);
  EXPECT_EQ(Call("ListAliases", With(NewKey(), "")).body.Find("Aliases")->as_array().size(), 0u);
  EXPECT_EQ(Call("DeleteAlias", R"({"AliasName":"alias/a"})").error, "");
  EXPECT_EQ(Call("DescribeKey", With("alias/a", "")).error, "NotFoundException");
}

TEST_F(KmsApiTest, PagesThroughKeys) {
  for (int i = 0; i < 3; ++i) NewKey();
  const Answer first = Call("ListKeys", R"({"Limit":2})");
  EXPECT_EQ(first.body.Find("Keys")->as_array().size(), 2u);
  EXPECT_TRUE(first.body.Find("Truncated")->as_bool());
  const Answer second = Call("ListKeys", R"({"Limit":2,"Marker":)" + first.body.Find("NextMarker")->Dump() + "}");
  EXPECT_EQ(second.body.Find("Keys")->as_array().size(), 1u);
  EXPECT_FALSE(second.body.Find("Truncated")->as_bool());
  EXPECT_EQ(Call("ListKeys", R"({"Marker":"bogus"})").error, "InvalidMarkerException");
}

TEST_F(KmsApiTest, RotatesByTheCalendarAndOnDemand) {
  const std::string id = NewKey();
  EXPECT_FALSE(Call("GetKeyRotationStatus", With(id, "")).body.Find("KeyRotationEnabled")->as_bool());
  Call("EnableKeyRotation", With(id, R"("RotationPeriodInDays":90)"));
  const Answer status = Call("GetKeyRotationStatus", With(id, ""));
  EXPECT_TRUE(status.body.Find("KeyRotationEnabled")->as_bool());
  EXPECT_EQ(status.body.Find("RotationPeriodInDays")->as_integer(), 90);
  EXPECT_EQ(Call("RotateKeyOnDemand", With(id, "")).error, "");
  EXPECT_EQ(keys_.Find(scope_, id)->material_size(), 2);
  Call("DisableKeyRotation", With(id, ""));
  EXPECT_FALSE(Call("GetKeyRotationStatus", With(id, "")).body.Find("KeyRotationEnabled")->as_bool());
}

TEST_F(KmsApiTest, RefusesWhatItDoesNotCarryOut) {
  const std::string id = NewKey();
  EXPECT_EQ(Call("Sign", With(id, "")).error, "UnknownOperationException");
  EXPECT_EQ(Call("Encrypt", With(id, R"("Plaintext":"aA==","GrantTokens":["t"])")).error, "InvalidGrantTokenException");
  EXPECT_EQ(Call("Encrypt", With(id, R"("Plaintext":"aA==","DryRun":true)")).error, "DryRunOperationException");
  EXPECT_EQ(Call("Encrypt", With(id, R"("Plaintext":"aA==","EncryptionAlgorithm":"RSAES_OAEP_SHA_1")")).error,
            "InvalidKeyUsageException");
}

TEST_F(KmsApiTest, AsksForTheKeyWhateverItIsCalled) {
  const std::string id = NewKey();
  const std::string arn = "arn:aws:kms:eu-west-1:000000000000:key/" + id;
  Call("CreateAlias", R"({"AliasName":"alias/a","TargetKeyId":")" + id + R"("})");
  EXPECT_EQ(AccessOf("Encrypt", With(id, "")), "kms:Encrypt on " + arn);
  EXPECT_EQ(AccessOf("Encrypt", With("alias/a", "")), "kms:Encrypt on " + arn);
  const std::string blob = Call("Encrypt", With(id, R"("Plaintext":"aA==")")).body.Find("CiphertextBlob")->Dump();
  EXPECT_EQ(AccessOf("Decrypt", R"({"CiphertextBlob":)" + blob + "}"), "kms:Decrypt on " + arn);
  EXPECT_EQ(AccessOf("DeleteAlias", R"({"AliasName":"alias/a"})"),
            "kms:DeleteAlias on arn:aws:kms:eu-west-1:000000000000:alias/a");
  EXPECT_EQ(AccessOf("CreateKey", "{}"), "kms:CreateKey on *");
  EXPECT_EQ(AccessOf("Sign", "{}"), "none");
}

TEST_F(KmsApiTest, AsksForTheSecondKeyToo) {
  const std::string id = NewKey();
  const std::string other = NewKey();
  const std::string blob = Call("Encrypt", With(id, R"("Plaintext":"aA==")")).body.Find("CiphertextBlob")->Dump();
  caller_ = UserIdentity("000000000000", "reader");
  const std::string again = R"({"CiphertextBlob":)" + blob + R"(,"DestinationKeyId":")" + other + R"("})";
  EXPECT_EQ(Call("ReEncrypt", again).error, "AccessDeniedException");
  EXPECT_EQ(Call("CreateAlias", R"({"AliasName":"alias/b","TargetKeyId":")" + id + R"("})").error,
            "AccessDeniedException");
  policies_.AttachAllow(caller_.principal_arn, "kms:ReEncryptFrom", "arn:aws:kms:eu-west-1:000000000000:key/" + id);
  EXPECT_EQ(Call("ReEncrypt", again).error, "");
}

}  // namespace
}  // namespace hearth::controller
