#include "controller/auth/execution_roles.h"

#include <gtest/gtest.h>

#include "controller/auth/policy_authorizer.h"
#include "controller/auth/stored_policies.h"
#include "controller/secrets/plain_keys_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "000000000000";
constexpr char kRole[] = "arn:aws:iam::000000000000:role/worker";
constexpr char kFunction[] = "arn:aws:lambda:eu-west-1:000000000000:function:hello";

std::string TrustIn(const std::string& service, const std::string& source = "*") {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":")" + service +
         R"("},"Action":"sts:AssumeRole","Condition":{"ArnLike":{"aws:SourceArn":")" + source + R"("}}}]})";
}

class ExecutionRolesTest : public testing::Test {
 protected:
  void MakeRole(const std::string& trust) {
    records::Role role;
    role.set_account(kAccount);
    role.set_name("worker");
    role.set_path("/");
    role.set_id("AROAWORKER");
    role.set_trust_policy(trust);
    ASSERT_TRUE(identities_->roles().Create(role, 10).ok());
  }
  Identity MakeUser(const std::string& policy) {
    records::User user;
    user.set_account(kAccount);
    user.set_name("ann");
    user.set_path("/");
    user.set_id("AIDAANN");
    (*user.mutable_inline_policies())["p"] = policy;
    EXPECT_TRUE(identities_->users().Create(user, 10).ok());
    Identity identity = RootIdentity(kAccount, "AKIA");
    identity.kind = Identity::Kind::kUser;
    identity.principal_arn = "arn:aws:iam::000000000000:user/ann";
    identity.principal_id = "AIDAANN";
    return identity;
  }

  FakeClock clock_;
  SeededRandom random_{4};
  PlainKeys wrapping_;
  Envelope envelope_{wrapping_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  std::unique_ptr<IdentityStore> identities_ = *IdentityStore::Open(*database_);
  SessionKeys keys_ = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  SessionTokens tokens_{keys_, random_};
  RoleSessions strict_{tokens_, *identities_, false, clock_};
  RoleSessions lenient_{tokens_, *identities_, true, clock_};
  StoredPolicies policies_{*identities_};
  PolicyAuthorizer authorizer_{policies_, clock_, "eu-west-1"};
  ExecutionRoles roles_{strict_, authorizer_};
  const Identity root_ = RootIdentity(kAccount, "AKIA");
};

TEST_F(ExecutionRolesTest, TakeARoleThatTrustsLambda) {
  MakeRole(TrustIn("lambda.amazonaws.com"));
  EXPECT_TRUE(roles_.Check(root_, kRole, kFunction).ok());
}

TEST_F(ExecutionRolesTest, RefuseARoleThatTrustsSomebodyElse) {
  MakeRole(TrustIn("ec2.amazonaws.com"));
  EXPECT_EQ(roles_.Check(root_, kRole, kFunction).message(), ExecutionRoles::kCannotAssume);
  EXPECT_FALSE(ExecutionRoles(lenient_, authorizer_).Check(root_, kRole, kFunction).ok());
}

TEST_F(ExecutionRolesTest, AskTheConditionsOfTheTrustPolicy) {
  MakeRole(TrustIn("lambda.amazonaws.com", "arn:aws:lambda:eu-west-1:000000000000:function:other"));
  EXPECT_FALSE(roles_.Check(root_, kRole, kFunction).ok());
}

TEST_F(ExecutionRolesTest, TakeAnUnknownRoleOnlyWhereAllowed) {
  EXPECT_TRUE(absl::IsFailedPrecondition(roles_.Check(root_, kRole, kFunction)));
  EXPECT_TRUE(ExecutionRoles(lenient_, authorizer_).Check(root_, kRole, kFunction).ok());
}

TEST_F(ExecutionRolesTest, RefuseARoleOfAnotherAccount) {
  EXPECT_TRUE(absl::IsPermissionDenied(roles_.Check(root_, "arn:aws:iam::111111111111:role/worker", kFunction)));
}

TEST_F(ExecutionRolesTest, AskWhetherTheCallerMayPassTheRole) {
  MakeRole(TrustIn("lambda.amazonaws.com"));
  const Identity ann =
      MakeUser(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PassRole","Resource":"*",)"
               R"("Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}}]})");
  const absl::Status denied = roles_.Check(ann, kRole, kFunction);
  EXPECT_TRUE(absl::IsPermissionDenied(denied));
  EXPECT_NE(std::string(denied.message()).find("iam:PassRole"), std::string::npos);
}

TEST_F(ExecutionRolesTest, NameTheSessionAfterTheFunction) {
  MakeRole(TrustIn("lambda.amazonaws.com"));
  const absl::StatusOr<IssuedSession> issued = roles_.SessionFor(kRole, kFunction, "hello");
  ASSERT_TRUE(issued.ok());
  EXPECT_EQ(issued->principal_arn, "arn:aws:sts::000000000000:assumed-role/worker/hello");
  const auto found = strict_.Find(issued->credentials.access_key_id, issued->credentials.session_token);
  EXPECT_EQ(std::get<Credential>(found).identity.source_function_arn, kFunction);
}

}  // namespace
}  // namespace hearth::controller
