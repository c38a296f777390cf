#include "controller/api/kms/function_keys.h"

#include "controller/api/kms/kms_api_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kFunctionArn[] = "arn:aws:lambda:eu-west-1:000000000000:function:hello";

class FunctionKeysTest : public KmsApiTest {
 protected:
  records::KmsKey Key() const { return *keys_.Find(scope_, id_); }
  void SetPolicy(const std::string& statements) {
    ASSERT_TRUE(grants_->PutPolicy(Key(), R"({"Version":"2012-10-17","Statement":[)" + statements + "]}").ok());
  }
  std::string Configure(const Identity& caller) {
    const absl::Status allowed = functions_.MayConfigure(caller, KmsKeyArn(Key()), kFunctionArn);
    return std::string(allowed.message());
  }
  bool Decrypts(const Identity& session) { return functions_.MayDecrypt(session, KmsKeyArn(Key()), kFunctionArn).ok(); }

  const std::string id_ = NewKey();
  FunctionKeys functions_{keys_, access_};
  const Identity ann_ = UserIdentity("000000000000", "ann");
  const Identity session_ = SessionIdentity("000000000000", "worker", "hello");
};

TEST_F(FunctionKeysTest, WhoSetsAKeyMustBeAllowedToGrantAndToEncrypt) {
  EXPECT_EQ(Configure(caller_), "");
  EXPECT_NE(Configure(ann_).find("the KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS "
                                 "Exception: AccessDeniedException KMS Message: User: " +
                                 ann_.principal_arn + " is not authorized to perform: kms:CreateGrant on resource: "),
            std::string::npos);
  policies_.AttachAllow(ann_.principal_arn, "kms:CreateGrant", "*");
  EXPECT_NE(Configure(ann_).find("kms:Encrypt"), std::string::npos);
  policies_.AttachAllow(ann_.principal_arn, "kms:Encrypt", "*");
  EXPECT_EQ(Configure(ann_), "");
}

TEST_F(FunctionKeysTest, PoliciesSeeThatLambdaAsksAndForWhichFunction) {
  SetPolicy(R"({"Effect":"Allow","Principal":{"AWS":")" + ann_.principal_arn +
            R"("},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":)"
            R"("lambda.eu-west-1.amazonaws.com","kms:EncryptionContext:aws:lambda:FunctionArn":")" +
            kFunctionArn + R"("}}})");
  EXPECT_EQ(Configure(ann_), "");
  EXPECT_FALSE(access_.Check(ann_, Key(), {.operation = "Encrypt"}).ok());
}

TEST_F(FunctionKeysTest, AFunctionsRoleDecryptsUnlessItIsDenied) {
  EXPECT_TRUE(Decrypts(session_));
  EXPECT_FALSE(access_.Check(session_, Key(), {.operation = "Decrypt"}).ok());  // by itself it may not
  SetPolicy(R"({"Effect":"Deny","Principal":{"AWS":")" + session_.role_arn + R"("},"Action":"kms:Decrypt",)" +
            R"("Resource":"*"})");
  const absl::Status denied = functions_.MayDecrypt(session_, KmsKeyArn(Key()), kFunctionArn);
  EXPECT_EQ(KeyProblemOf(denied), KeyProblem::kAccessDenied);
}

TEST_F(FunctionKeysTest, AKeyThatIsNotThereIsNoQuestionOfAccess) {
  EXPECT_TRUE(functions_.MayConfigure(ann_, "arn:aws:kms:eu-west-1:000000000000:key/absent", kFunctionArn).ok());
  const absl::Status absent =
      functions_.MayDecrypt(session_, "arn:aws:kms:eu-west-1:000000000000:key/absent", kFunctionArn);
  EXPECT_EQ(KeyProblemOf(absent), KeyProblem::kNotFound);
}

}  // namespace
}  // namespace hearth::controller
