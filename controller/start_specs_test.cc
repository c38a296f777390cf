#include "controller/start_specs.h"

#include <gtest/gtest.h>

#include "controller/auth/oidc/oidc_test_support.h"
#include "controller/auth/policy_authorizer.h"
#include "controller/auth/stored_policies.h"
#include "controller/kms/routed_keys.h"
#include "controller/settings.h"

namespace hearth::controller {
namespace {

constexpr char kTrust[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},)"
    R"("Action":"sts:AssumeRole"}]})";

class StartSpecsTest : public testing::Test {
 protected:
  StartSpecsTest() {
    records::Role role;
    role.set_account("000000000000");
    role.set_name("worker");
    role.set_path("/");
    role.set_id("AROAWORKER");
    role.set_trust_policy(kTrust);
    EXPECT_TRUE(identities_->roles().Create(role, 10).ok());
    version_.set_account("000000000000");
    version_.set_region("eu-west-1");
    version_.set_name("hello");
    version_.set_version("3");
    version_.set_role("arn:aws:iam::000000000000:role/worker");
  }
  absl::StatusOr<node::EnvironmentSpec> Spec() {
    return SpecsFrom({function_envelope_, runtimes_, roles_, function_keys_, own_.issuer})(version_);
  }

  FakeClock clock_;
  SeededRandom random_{4};
  PlainKeys wrapping_;
  Envelope envelope_{wrapping_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  std::unique_ptr<IdentityStore> identities_ = *IdentityStore::Open(*database_);
  SessionKeys session_keys_ = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  SessionTokens tokens_{session_keys_, random_};
  RoleSessions sessions_{tokens_, *identities_, false, clock_};
  StoredPolicies policies_{*identities_};
  PolicyAuthorizer authorizer_{policies_, clock_, "eu-west-1"};
  ExecutionRoles roles_{sessions_, authorizer_};
  KmsKeys keys_{*database_, envelope_, clock_, random_};
  std::unique_ptr<KmsGrants> grants_ = *KmsGrants::Open(*database_, clock_, random_);
  KeyAccess access_{keys_, *grants_, authorizer_};
  FunctionKeys function_keys_{keys_, access_};
  RoutedKeys routed_{wrapping_, keys_};
  Envelope function_envelope_{routed_, random_};
  RuntimeSupport runtimes_{"eu-west-1", false};
  OwnIssuer own_{*database_, clock_, random_};
  records::FunctionVersion version_;
};

TEST_F(StartSpecsTest, GiveAnEnvironmentItsRoleAndItsToken) {
  const node::EnvironmentSpec spec = *Spec();
  const auto found = sessions_.Find(spec.credentials().access_key_id(), spec.credentials().session_token());
  EXPECT_EQ(std::get<Credential>(found).identity.principal_arn, "arn:aws:sts::000000000000:assumed-role/worker/hello");
  EXPECT_EQ(*Jwt::Parse(spec.identity().token())->Text("sub"),
            "arn:aws:lambda:eu-west-1:000000000000:function:hello:3");
  EXPECT_EQ(spec.identity().renew_after_ms(), 1800 * 1000);
}

TEST_F(StartSpecsTest, SayThatARoleCannotBeAssumed) {
  version_.set_role("arn:aws:iam::000000000000:role/absent");
  EXPECT_TRUE(absl::IsPermissionDenied(Spec().status()));
  EXPECT_FALSE(KeyProblemOf(Spec().status()));
}

TEST_F(StartSpecsTest, OpenNoVariablesForARoleThatTheirKeyDenies) {
  const records::KmsKey key = *keys_.Create({"eu-west-1", "000000000000"}, {});
  version_.set_kms_key_arn(KmsKeyArn(key));
  version_.set_sealed_environment(*SealEnvironment(function_envelope_, {{"A", "1"}}, version_));
  EXPECT_EQ(Spec()->environment().at("A"), "1");
  ASSERT_TRUE(grants_
                  ->PutPolicy(key, R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",)"
                                   R"("Action":"kms:Decrypt","Resource":"*"}]})")
                  .ok());
  EXPECT_EQ(KeyProblemOf(Spec().status()), KeyProblem::kAccessDenied);
}

TEST_F(StartSpecsTest, RenewTokensOfTheIssuerOnly) {
  const NodeSessions::RenewIdentity renew = RenewWith(own_.issuer);
  EXPECT_TRUE(renew(Spec()->identity().token()).has_value());
  EXPECT_FALSE(renew("forged").has_value());
}

TEST(IssuerUrlTest, IsTheSettingOrWhereTheApiIsReached) {
  const auto url = [](const std::vector<std::string>& set) {
    return IssuerUrl(*Config::Load(ControllerSettings(), "", set));
  };
  EXPECT_EQ(url({}), "http://127.0.0.1:9000");
  EXPECT_EQ(url({"HEARTH_CONTROLLER_PUBLIC_URL=https://a.example/"}), "https://a.example");
  EXPECT_EQ(url({"HEARTH_CONTROLLER_PUBLIC_URL=https://a", "HEARTH_IDENTITY_ISSUER=https://b/"}), "https://b");
}

}  // namespace
}  // namespace hearth::controller
