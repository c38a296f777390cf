#include "controller/auth/policy/policy_principals.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "123456789012";
using Kind = PolicyCaller::Kind;

const PolicyCaller kRootUser{Kind::kRoot, kAccount, "arn:aws:iam::123456789012:root", {}};
const PolicyCaller kUser{Kind::kUser, kAccount, "arn:aws:iam::123456789012:user/path/ann", {}};
const PolicyCaller kSession{Kind::kRoleSession, kAccount, "arn:aws:sts::123456789012:assumed-role/r/s",
                            "arn:aws:iam::123456789012:role/r"};
const PolicyCaller kStranger{Kind::kUser, "999999999999", "arn:aws:iam::999999999999:user/ann", {}};

PolicyPrincipals Compiled(std::string_view json) {
  const auto principals = PolicyPrincipals::Compile(*Json::Parse(json));
  EXPECT_TRUE(principals.ok()) << principals.status();
  return principals.ok() ? *principals : PolicyPrincipals();
}

TEST(PolicyPrincipalsTest, NamesEveryoneByAStar) {
  for (const char* json : {R"("*")", R"({"AWS":"*"})", R"({"AWS":["*"]})"}) {
    EXPECT_EQ(Compiled(json).Names(kUser), Named::kAsAnyone) << json;
    EXPECT_EQ(Compiled(json).Names(PolicyCaller{}), Named::kAsAnyone) << json;
    EXPECT_EQ(Compiled(json).Names(PolicyCaller::Service("s3.amazonaws.com")), Named::kAsAnyone) << json;
  }
}

TEST(PolicyPrincipalsTest, NamesAnAccountByItsNumberOrItsRoot) {
  for (const char* json : {R"({"AWS":"123456789012"})", R"({"AWS":"arn:aws:iam::123456789012:root"})"}) {
    EXPECT_EQ(Compiled(json).Names(kRootUser), Named::kExactly) << json;
    EXPECT_EQ(Compiled(json).Names(kUser), Named::kByAccount) << json;
    EXPECT_EQ(Compiled(json).Names(kSession), Named::kByAccount) << json;
    EXPECT_EQ(Compiled(json).Names(kStranger), Named::kNo) << json;
  }
}

TEST(PolicyPrincipalsTest, NamesAUserARoleAndASession) {
  EXPECT_EQ(Compiled(R"({"AWS":"arn:aws:iam::123456789012:user/path/ann"})").Names(kUser), Named::kExactly);
  EXPECT_EQ(Compiled(R"({"AWS":"arn:aws:iam::123456789012:user/ann"})").Names(kUser), Named::kNo);
  EXPECT_EQ(Compiled(R"({"AWS":"arn:aws:iam::123456789012:role/r"})").Names(kSession), Named::kByRole);
  EXPECT_EQ(Compiled(R"({"AWS":"arn:aws:sts::123456789012:assumed-role/r/s"})").Names(kSession), Named::kExactly);
  EXPECT_EQ(Compiled(R"({"AWS":"arn:aws:sts::123456789012:assumed-role/r/t"})").Names(kSession), Named::kNo);
}

TEST(PolicyPrincipalsTest, NamesAServiceAndAProvider) {
  EXPECT_EQ(Compiled(R"({"Service":["sns.amazonaws.com","s3.amazonaws.com"]})")
                .Names(PolicyCaller::Service("s3.amazonaws.com")),
            Named::kExactly);
  EXPECT_EQ(Compiled(R"({"Service":"s3.amazonaws.com"})").Names(PolicyCaller::Service("sns.amazonaws.com")),
            Named::kNo);
  EXPECT_EQ(Compiled(R"({"Federated":"arn:aws:iam::123456789012:oidc-provider/h"})")
                .Names(PolicyCaller::Federated("arn:aws:iam::123456789012:oidc-provider/h")),
            Named::kExactly);
  EXPECT_EQ(Compiled(R"({"Service":"s3.amazonaws.com"})").Names(kUser), Named::kNo);
}

TEST(PolicyPrincipalsTest, ExceptsOnlyWhoIsListed) {
  const PolicyPrincipals listed = Compiled(R"({"AWS":["123456789012","arn:aws:iam::123456789012:role/r"]})");
  EXPECT_TRUE(listed.Excepts(kRootUser));
  EXPECT_TRUE(listed.Excepts(kSession));
  EXPECT_FALSE(listed.Excepts(kUser));
}

TEST(PolicyPrincipalsTest, NamesTheCallerOfAnIdentity) {
  Identity identity = RootIdentity(kAccount, "AKIA");
  EXPECT_EQ(PolicyCaller::Of(identity).kind, Kind::kRoot);
  identity.kind = Identity::Kind::kRoleSession;
  identity.role_arn = "arn:aws:iam::123456789012:role/r";
  EXPECT_EQ(PolicyCaller::Of(identity).role_arn, identity.role_arn);
}

}  // namespace
}  // namespace hearth::controller
