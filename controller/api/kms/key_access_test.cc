#include "controller/api/kms/key_access.h"

#include "controller/api/kms/kms_api_test_support.h"

namespace hearth::controller {
namespace {

class KeyAccessTest : public KmsApiTest {
 protected:
  records::KmsKey Key() const { return *keys_.Find(scope_, id_); }
  void Grant(const std::string& grantee, const std::string& operation) {
    records::KmsGrant grant;
    grant.set_grantee(grantee);
    grant.add_operations(operation);
    ASSERT_TRUE(grants_->Create(Key(), grant).ok());
  }
  bool Allows(const Identity& caller, const std::string& operation) {
    return access_.Check(caller, Key(), {.operation = operation}).ok();
  }

  const std::string id_ = NewKey();
  const Identity session_ = SessionIdentity("000000000000", "worker", "hello");
};

TEST_F(KeyAccessTest, AGrantToARoleIsAGrantToItsSessions) {
  EXPECT_FALSE(Allows(session_, "Decrypt"));
  Grant(session_.role_arn, "Decrypt");
  EXPECT_TRUE(Allows(session_, "Decrypt"));
  EXPECT_FALSE(Allows(session_, "Encrypt"));
  EXPECT_FALSE(Allows(SessionIdentity("000000000000", "other", "hello"), "Decrypt"));
}

TEST_F(KeyAccessTest, SeesANewPolicyAtOnce) {
  EXPECT_TRUE(Allows(caller_, "Decrypt"));
  ASSERT_TRUE(grants_
                  ->PutPolicy(Key(), R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",)"
                                     R"("Action":"kms:*","Resource":"*"}]})")
                  .ok());
  EXPECT_FALSE(Allows(caller_, "Decrypt"));
}

TEST_F(KeyAccessTest, APolicyThatCannotBeReadOpensNothing) {
  ASSERT_TRUE(grants_->PutPolicy(Key(), "not a policy").ok());
  EXPECT_FALSE(Allows(caller_, "Decrypt"));
}

}  // namespace
}  // namespace hearth::controller
