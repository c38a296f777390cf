#include "controller/api/lambda/access/destination_access.h"

#include <gtest/gtest.h>

#include "controller/api/aws_error.h"
#include "controller/auth/policy_authorizer.h"
#include "controller/auth/stored_policies.h"
#include "controller/secrets/plain_keys_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "000000000000";
constexpr char kRegion[] = "eu-west-1";
constexpr char kRole[] = "arn:aws:iam::000000000000:role/worker";
constexpr char kListener[] = "arn:aws:lambda:eu-west-1:000000000000:function:listener";

class DestinationAccessTest : public testing::Test {
 protected:
  DestinationAccessTest() {
    function_.set_account(kAccount);
    function_.set_name("hello");
    function_.set_role(kRole);
  }
  void MakeRole(const std::string& policy) {
    records::Role role;
    role.set_account(kAccount);
    role.set_name("worker");
    role.set_path("/");
    role.set_id("AROAWORKER");
    if (!policy.empty()) (*role.mutable_inline_policies())["p"] = policy;
    ASSERT_TRUE(identities_->roles().Create(role, 10).ok());
  }
  static std::string AllowOn(const std::string& resource, const std::string& principal = "") {
    return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:InvokeFunction",)" + principal +
           R"("Resource":")" + resource + R"("}]})";
  }
  absl::Status May(const std::string& qualifier = "") const {
    return may_invoke_(function_, {kAccount, "listener", qualifier});
  }

  FakeClock clock_;
  SeededRandom random_{4};
  PlainKeys wrapping_;
  Envelope envelope_{wrapping_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  std::unique_ptr<IdentityStore> identities_ = *IdentityStore::Open(*database_);
  SessionKeys keys_ = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  SessionTokens tokens_{keys_, random_};
  RoleSessions sessions_{tokens_, *identities_, false, clock_};
  StoredPolicies stored_{*identities_};
  PolicyAuthorizer authorizer_{stored_, clock_, kRegion};
  ExecutionRoles roles_{sessions_, authorizer_};
  FunctionPolicies policies_;
  records::FunctionVersion function_;
  const MayInvoke may_invoke_ = MayInvokeWith(roles_, policies_, kRegion);
};

TEST_F(DestinationAccessTest, ARoleWithoutPoliciesMayRunNothing) {
  MakeRole("");
  EXPECT_TRUE(absl::IsPermissionDenied(May()));
}

TEST_F(DestinationAccessTest, TheRolesPolicyNamesWhatItMayRunWithItsQualifier) {
  MakeRole(AllowOn(std::string(kListener) + ":live"));
  EXPECT_TRUE(May("live").ok());
  EXPECT_TRUE(absl::IsPermissionDenied(May()));
  EXPECT_TRUE(absl::IsPermissionDenied(May("other")));
}

TEST_F(DestinationAccessTest, ThePolicyOfTheFunctionLetsTheRoleIn) {
  MakeRole("");
  records::FunctionPolicy policy;
  policy.set_json(AllowOn(kListener, R"("Principal":{"AWS":")" + std::string(kRole) + R"("},)"));
  WriteBatch batch;
  batch.Put(FunctionPolicyKey(kAccount, "listener", "$LATEST"), policy.SerializeAsString());
  policies_.Apply(batch);
  EXPECT_TRUE(May().ok()) << May();
  EXPECT_FALSE(May("live").ok());
}

TEST_F(DestinationAccessTest, OnlyARefusalIsSaidInTheWordsOfTheApi) {
  EXPECT_TRUE(DestinationRefusal(absl::OkStatus(), kListener).ok());
  EXPECT_TRUE(absl::IsInternal(DestinationRefusal(absl::InternalError("x"), kListener)));
  const absl::Status refused = DestinationRefusal(absl::PermissionDeniedError("x"), kListener);
  EXPECT_EQ(AwsErrorShape(refused), "InvalidParameterValueException");
}

}  // namespace
}  // namespace hearth::controller
