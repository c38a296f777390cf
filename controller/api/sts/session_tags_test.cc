#include "controller/api/sts/session_tags.h"

#include "controller/api/sts/sts_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kAllowSts[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"}]})";
// A role that the account's users may assume with tags and a source identity.
constexpr char kOpenTrust[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:*"}]})";

class SessionTagsTest : public StsApiTest {
 protected:
  // Ann may assume "worker" with whatever she likes.
  void Open() {
    CreateRole("worker", kOpenTrust);
    caller_ = CreateUser("ann", kAllowSts);
  }
  static Parameters Tag(const std::string& key, const std::string& value) {
    return {{"Tags.member.1.Key", key}, {"Tags.member.1.Value", value}};
  }
  static Parameters ManyTags(int count, const std::string& prefix = "k", const std::string& value = "") {
    Parameters many;
    for (int i = 1; i <= count; ++i) {
      many.emplace_back("Tags.member." + std::to_string(i) + ".Key", prefix + std::to_string(i));
      many.emplace_back("Tags.member." + std::to_string(i) + ".Value", value);
    }
    return many;
  }
  // The first word of the refusal; empty for success.
  std::string ErrorOf(const Parameters& parameters) {
    const std::string answer = Assume(parameters);
    return In(answer, "SessionToken").empty() ? answer.substr(0, answer.find(':')) : "";
  }
};

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
  Open();
  EXPECT_TRUE(Assume({{"Tags.member.1.Key", "k"},
                      {"Tags.member.1.Value", ""},
                      {"Tags.member.2.Key", "K"},
                      {"Tags.member.2.Value", ""}})
                  .starts_with("InvalidInput"));
  EXPECT_TRUE(Assume({{"TransitiveTagKeys.member.1", "k"}}).starts_with("InvalidParameterValue"));
  EXPECT_TRUE(Assume({{"Tags.member.1.Key", "k"}}).starts_with("ValidationException"));
  EXPECT_EQ(ErrorOf(Tag("aws:k", "v")), "InvalidParameterValue");
  EXPECT_EQ(ErrorOf(Tag("AWS:k", "v")), "InvalidParameterValue");
}

TEST_F(SessionTagsTest, HoldsFiftyTagsAndNoMore) {
  Open();
  EXPECT_EQ(ErrorOf(ManyTags(50)), "");
  EXPECT_EQ(ErrorOf(ManyTags(51)), "InvalidParameterValue");
}

TEST_F(SessionTagsTest, HoldsFourKibibytesOfTagsAndNoMore) {
  Open();
  Parameters most = ManyTags(17, "k", std::string(238, 'v'));  // 42 bytes of keys and 4,046 of values
  most.back().second += std::string(8, 'v');
  EXPECT_EQ(ErrorOf(most), "");
  most.back().second += 'v';
  EXPECT_EQ(ErrorOf(most), "PackedPolicyTooLarge");
}

TEST_F(SessionTagsTest, BoundsAndReadsEachKeyAndValue) {
  Open();
  EXPECT_EQ(ErrorOf(Tag(std::string(128, 'k'), std::string(256, 'v'))), "");
  EXPECT_EQ(ErrorOf(Tag(std::string(129, 'k'), "v")), "ValidationException");
  EXPECT_EQ(ErrorOf(Tag("k", std::string(257, 'v'))), "ValidationException");
  EXPECT_EQ(ErrorOf(Tag("", "v")), "ValidationException");
  EXPECT_EQ(ErrorOf(Tag("Kost\u00e9 _.:/=+-@", "1")), "");
  EXPECT_EQ(ErrorOf(Tag("k!", "v")), "ValidationException");
  EXPECT_EQ(ErrorOf(Tag("k", "v*")), "ValidationException");
  Parameters transitive = Tag("k", "v");
  transitive.emplace_back("TransitiveTagKeys.member.1", "k?");
  EXPECT_EQ(ErrorOf(transitive), "ValidationException");
}

TEST_F(SessionTagsTest, CountsWhatItInherits) {
  Open();
  for (int i = 1; i <= 49; ++i) {
    caller_.session_tags["inherited" + std::to_string(i)] = "";
    caller_.transitive_tag_keys.push_back("inherited" + std::to_string(i));
  }
  EXPECT_EQ(ErrorOf(ManyTags(1)), "");
  EXPECT_EQ(ErrorOf(ManyTags(2)), "InvalidParameterValue");
  caller_.session_tags["inherited1"] = std::string(256, 'v');
  EXPECT_EQ(ErrorOf(ManyTags(1)), "");
  for (auto& [key, value] : caller_.session_tags) value = std::string(100, 'v');
  EXPECT_EQ(ErrorOf({}), "PackedPolicyTooLarge");
}

TEST_F(SessionTagsTest, RefusesASessionWhoseTokenCouldNotComeBack) {
  Open();
  const std::string key(78, 'k');
  Parameters tags = ManyTags(50, key);
  for (int i = 1; i <= 50; ++i) {
    tags.emplace_back("TransitiveTagKeys.member." + std::to_string(i), key + std::to_string(i));
  }
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"arn:aws:s3:::)" +
      std::string(1900, 'r') + R"("}]})";
  caller_ = RootIdentity(kIamAccount, "AKIATEST");
  Parameters policies;
  for (int i = 1; i <= 4; ++i) {
    const std::string name = "p" + std::to_string(i);
    const std::string arn = In(Do("CreatePolicy", {{"PolicyName", name}, {"PolicyDocument", policy}}), "Arn");
    policies.emplace_back("PolicyArns.member." + std::to_string(i) + ".arn", arn);
  }
  caller_ = CreateUser("bob", kAllowSts);
  EXPECT_EQ(ErrorOf(tags), "");
  EXPECT_EQ(ErrorOf(policies), "");
  tags.insert(tags.end(), policies.begin(), policies.end());
  EXPECT_EQ(ErrorOf(tags), "PackedPolicyTooLarge");
}

}  // namespace
}  // namespace hearth::controller
