#include "controller/api/lambda/layers/layer_access.h"

#include <gtest/gtest.h>

#include "controller/auth/authorizer_test_support.h"
#include "controller/auth/policy_authorizer.h"

namespace hearth::controller {
namespace {

constexpr char kOwner[] = "000000000000";
constexpr char kFriend[] = "111111111111";
constexpr char kArn[] = "arn:aws:lambda:eu-west-1:000000000000:layer:lib:1";

bool MayGet(const Identity& caller, std::string_view policy, const WrittenPolicies& identities = {}) {
  FakeClock clock;
  const PolicyAuthorizer authorizer(identities, clock, "eu-west-1");
  return LayerAccess(authorizer).Check(caller, kOwner, kArn, policy).ok();
}
bool MayGet(const std::string& account, std::string_view policy) {
  return MayGet(RootIdentity(account, "AKIA"), policy);
}

std::string Policy(const std::string& principal, const std::string& condition = "") {
  return R"({"Version":"2012-10-17","Statement":[{"Sid":"s","Effect":"Allow","Principal":)" + principal +
         R"(,"Action":"lambda:GetLayerVersion","Resource":")" + kArn + "\"" + condition + "}]}";
}

TEST(LayerAccessTest, TheOwnerNeedsNoPolicy) {
  EXPECT_TRUE(MayGet(kOwner, ""));
  EXPECT_FALSE(MayGet(kFriend, ""));
}

TEST(LayerAccessTest, APolicyOpensTheVersionToTheAccountItNames) {
  const std::string policy = Policy(R"({"AWS":"arn:aws:iam::111111111111:root"})");
  EXPECT_TRUE(MayGet(kFriend, policy));
  EXPECT_FALSE(MayGet("222222222222", policy));
}

TEST(LayerAccessTest, APolicyOpensTheVersionToEveryone) { EXPECT_TRUE(MayGet(kFriend, Policy(R"("*")"))); }

TEST(LayerAccessTest, NoAccountIsInAnOrganization) {
  EXPECT_FALSE(MayGet(kFriend, Policy(R"("*")", R"(,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}})")));
}

TEST(LayerAccessTest, AUserNeedsTheLeaveOfBothAccounts) {
  const Identity user = UserIdentity(kFriend, "builder");
  const std::string policy = Policy(R"({"AWS":"arn:aws:iam::111111111111:root"})");
  EXPECT_FALSE(MayGet(user, policy));
  WrittenPolicies identities;
  identities.AttachAllow(user.principal_arn, "lambda:GetLayerVersion", kArn);
  EXPECT_TRUE(MayGet(user, policy, identities));
  EXPECT_FALSE(MayGet(user, "", identities));
}

TEST(LayerAccessTest, APolicyThatCannotBeReadOpensNothing) { EXPECT_FALSE(MayGet(kFriend, "{")); }

}  // namespace
}  // namespace hearth::controller
