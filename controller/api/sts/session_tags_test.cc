#include "controller/api/sts/session_tags.h"

#include "controller/api/sts/sts_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kAllowSts[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"}]})";
// A role that the account's users may assume with tags and a source identity.
constexpr char kOpenTrust[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:*"}]})";

using SessionTagsTest = StsApiTest;

TEST_F(SessionTagsTest, KeepsTheTagsOfASessionAndPassesOnTheTransitiveOnes) {
  CreateRole("worker", kOpenTrust);
  CreateRole("next", kOpenTrust);
  ASSERT_EQ(Do("PutRolePolicy", {{"RoleName", "worker"}, {"PolicyName", "p"}, {"PolicyDocument", kAllowSts}}), "");
  caller_ = CreateUser("ann", kAllowSts);
  const Parameters tags = {{"Tags.member.1.Key", "team"},          {"Tags.member.1.Value", "red"},
                           {"Tags.member.2.Key", "job"},           {"Tags.member.2.Value", "1"},
                           {"TransitiveTagKeys.member.1", "team"}, {"SourceIdentity", "ann"}};
  const std::string answer = Assume(tags);
  EXPECT_EQ(In(answer, "SourceIdentity"), "ann");
  caller_ = IdentityIn(answer);
  EXPECT_EQ(caller_.session_tags, (std::map<std::string, std::string>{{"job", "1"}, {"team", "red"}}));
  const Identity second = IdentityIn(Assume({{"RoleArn", "arn:aws:iam::000000000000:role/next"}}));
  EXPECT_EQ(second.session_tags, (std::map<std::string, std::string>{{"team", "red"}}));
  EXPECT_EQ(second.source_identity, "ann");
  EXPECT_TRUE(Assume({{"Tags.member.1.Key", "TEAM"}, {"Tags.member.1.Value", "blue"}})
                  .starts_with("InvalidParameterValue: One of the specified transitive tag keys"));
  EXPECT_TRUE(Assume({{"SourceIdentity", "bob"}}).starts_with("AccessDenied"));
}

TEST_F(SessionTagsTest, AsksWhetherTagsAndASourceIdentityMayBeSet) {
  CreateRole("worker", TrustOf("arn:aws:iam::000000000000:root"));
  caller_ = CreateUser("ann", kAllowSts);
  EXPECT_EQ(Assume({{"Tags.member.1.Key", "k"}, {"Tags.member.1.Value", "v"}}),
            "AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: sts:TagSession on "
            "resource: arn:aws:iam::000000000000:role/worker");
  EXPECT_TRUE(Assume({{"SourceIdentity", "ann"}}).find("sts:SetSourceIdentity") != std::string::npos);
}

TEST_F(SessionTagsTest, ShowsTheRequestedTagsToPolicies) {
  CreateRole("worker", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},
      "Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{"aws:RequestTag/team":"red"},
      "ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}}]})");
  caller_ = CreateUser("ann", kAllowSts);
  EXPECT_TRUE(Assume().starts_with("AccessDenied"));
  EXPECT_TRUE(Assume({{"Tags.member.1.Key", "team"}, {"Tags.member.1.Value", "blue"}}).starts_with("AccessDenied"));
  EXPECT_NE(In(Assume({{"Tags.member.1.Key", "team"}, {"Tags.member.1.Value", "red"}}), "SessionToken"), "");
  EXPECT_TRUE(Assume({{"Tags.member.1.Key", "team"},
                      {"Tags.member.1.Value", "red"},
                      {"Tags.member.2.Key", "more"},
                      {"Tags.member.2.Value", ""}})
                  .starts_with("AccessDenied"));
}

TEST_F(SessionTagsTest, RefusesTagsThatMakeNoSense) {
  CreateRole("worker", kOpenTrust);
  caller_ = CreateUser("ann", kAllowSts);
  EXPECT_TRUE(Assume({{"Tags.member.1.Key", "k"},
                      {"Tags.member.1.Value", ""},
                      {"Tags.member.2.Key", "K"},
                      {"Tags.member.2.Value", ""}})
                  .starts_with("InvalidInput"));
  EXPECT_TRUE(Assume({{"TransitiveTagKeys.member.1", "k"}}).starts_with("InvalidParameterValue"));
  EXPECT_TRUE(Assume({{"Tags.member.1.Key", "k"}}).starts_with("ValidationException"));
  Parameters many;
  for (int i = 1; i <= 50; ++i) {
    many.emplace_back("Tags.member." + std::to_string(i) + ".Key", "k" + std::to_string(i));
    many.emplace_back("Tags.member." + std::to_string(i) + ".Value", std::string(100, 'v'));
  }
  EXPECT_TRUE(Assume(many).starts_with("PackedPolicyTooLarge"));
}

}  // namespace
}  // namespace hearth::controller
