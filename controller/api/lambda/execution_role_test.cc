#include "controller/api/lambda/execution_role.h"

#include "controller/api/lambda/lambda_test_support.h"
#include "controller/auth/policy_authorizer.h"
#include "controller/auth/stored_policies.h"

namespace hearth::controller {
namespace {

class ExecutionRoleTest : public LambdaTest {
 protected:
  std::string Refusal(const std::string& role) {
    const absl::Status checked = CheckRolesWith(roles_)(RootIdentity(kTestAccount, "AKIATEST"), role, kTestArn);
    return checked.ok() ? "" : *AwsErrorShape(checked) + ": " + std::string(checked.message());
  }

  std::unique_ptr<IdentityStore> identities_ = *IdentityStore::Open(*database_);
  SessionKeys session_keys_ = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  SessionTokens tokens_{session_keys_, random_};
  RoleSessions sessions_{tokens_, *identities_, false, clock_};
  StoredPolicies policies_{*identities_};
  PolicyAuthorizer authorizer_{policies_, clock_, kTestRegion};
  ExecutionRoles roles_{sessions_, authorizer_};
};

TEST_F(ExecutionRoleTest, IsRefusedInTheWordsOfLambda) {
  EXPECT_EQ(Refusal(kTestRole),
            "InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda.");
  EXPECT_EQ(Refusal("arn:aws:iam::111111111111:role/any"),
            "AccessDeniedException: Cross-account pass role is not allowed.");
}

TEST_F(ExecutionRoleTest, IsAskedForWhenAFunctionIsCreatedAndWhenItsRoleChanges) {
  CreateActive();
  FunctionsApi strict({kTestRegion, "x86_64", false, CheckRolesWith(roles_)}, *functions_, activator_, code_, layers_,
                      trust_, runtimes_, envelope_, links_, clock_, random_);
  EXPECT_EQ(Read(strict.Create(Call(CreateBody({{"FunctionName", "other"}})))).error, "InvalidParameterValueException");
  const ApiCall same = Call(Json(Json::Object{{"MemorySize", 256}}));
  EXPECT_EQ(Read(strict.UpdateConfiguration(same)).status, 200);
  ASSERT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok());
  const ApiCall changed = Call(Json(Json::Object{{"Role", kTestRole}}));
  EXPECT_EQ(Read(strict.UpdateConfiguration(changed)).error, "InvalidParameterValueException");
}

}  // namespace
}  // namespace hearth::controller
