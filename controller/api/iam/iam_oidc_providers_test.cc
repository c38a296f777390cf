#include "controller/api/iam/iam_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kArn[] = "arn:aws:iam::000000000000:oidc-provider/idp.example/team";
const std::vector<std::pair<std::string, std::string>> kNamed = {{"OpenIDConnectProviderArn", kArn}};

class OidcProvidersTest : public IamTest {
 protected:
  std::string Create(Parameters more = {}) {
    more.emplace_back("Url", "https://idp.example/team");
    return Do("CreateOpenIDConnectProvider", more);
  }
  std::string Change(const std::string& action, const std::string& name, const std::string& value) {
    return Do(action, {{"OpenIDConnectProviderArn", kArn}, {name, value}});
  }
};

TEST_F(OidcProvidersTest, AreMadeShownAndListed) {
  const std::string thumbprint(40, 'a');
  EXPECT_EQ(In(Create({{"ClientIDList.member.1", "app"}, {"ThumbprintList.member.1", thumbprint}}),
               "OpenIDConnectProviderArn"),
            kArn);
  const std::string shown = Do("GetOpenIDConnectProvider", kNamed);
  EXPECT_EQ(In(shown, "Url"), "idp.example/team");
  EXPECT_EQ(In(shown, "ClientIDList"), "<member>app</member>");
  EXPECT_EQ(In(shown, "ThumbprintList"), "<member>" + thumbprint + "</member>");
  EXPECT_EQ(In(Do("ListOpenIDConnectProviders", {}), "Arn"), kArn);
  EXPECT_TRUE(Create().starts_with("EntityAlreadyExists"));
}

TEST_F(OidcProvidersTest, GainAndLoseAudiences) {
  Create();
  EXPECT_EQ(Change("AddClientIDToOpenIDConnectProvider", "ClientID", "app"), "");
  EXPECT_EQ(Change("AddClientIDToOpenIDConnectProvider", "ClientID", "app"), "");
  EXPECT_EQ(In(Do("GetOpenIDConnectProvider", kNamed), "ClientIDList"), "<member>app</member>");
  EXPECT_EQ(Change("RemoveClientIDFromOpenIDConnectProvider", "ClientID", "app"), "");
  EXPECT_EQ(In(Do("GetOpenIDConnectProvider", kNamed), "ClientIDList"), "");
}

TEST_F(OidcProvidersTest, HaveTags) {
  Create({{"Tags.member.1.Key", "a"}, {"Tags.member.1.Value", "1"}});
  EXPECT_EQ(In(Do("ListOpenIDConnectProviderTags", kNamed), "Value"), "1");
  EXPECT_EQ(Change("UntagOpenIDConnectProvider", "TagKeys.member.1", "a"), "");
  EXPECT_EQ(In(Do("ListOpenIDConnectProviderTags", kNamed), "Tags"), "");
}

TEST_F(OidcProvidersTest, AreBoundedInNumberAndInWhatTheyHold) {
  Parameters audiences;
  for (int i = 1; i <= IamApi::kMaxClientIds; ++i) {
    audiences.emplace_back("ClientIDList.member." + std::to_string(i), std::to_string(i));
  }
  EXPECT_NE(In(Create(audiences), "OpenIDConnectProviderArn"), "");
  EXPECT_TRUE(Change("AddClientIDToOpenIDConnectProvider", "ClientID", "app").starts_with("LimitExceeded"));
  Parameters thumbprints = {{"OpenIDConnectProviderArn", kArn}};
  for (int i = 1; i <= IamApi::kMaxThumbprints + 1; ++i) {
    thumbprints.emplace_back("ThumbprintList.member." + std::to_string(i), std::string(40, 'a'));
  }
  EXPECT_TRUE(Do("UpdateOpenIDConnectProviderThumbprint", thumbprints).starts_with("InvalidInput"));
  EXPECT_TRUE(Change("UpdateOpenIDConnectProviderThumbprint", "ThumbprintList.member.1", "no digest")
                  .starts_with("InvalidInput"));
  for (size_t i = 1; i < IamApi::kMaxProviders; ++i) {
    ASSERT_NE(In(Do("CreateOpenIDConnectProvider", {{"Url", "https://idp.example/" + std::to_string(i)}}),
                 "OpenIDConnectProviderArn"),
              "");
  }
  EXPECT_TRUE(Do("CreateOpenIDConnectProvider", {{"Url", "https://one.more"}}).starts_with("LimitExceeded"));
}

TEST_F(OidcProvidersTest, AreGoneOnceDeleted) {
  Create();
  EXPECT_EQ(Do("DeleteOpenIDConnectProvider", kNamed), "");
  EXPECT_EQ(Do("DeleteOpenIDConnectProvider", kNamed), "");
  EXPECT_TRUE(Do("GetOpenIDConnectProvider", kNamed).starts_with("NoSuchEntity"));
}

TEST_F(OidcProvidersTest, AreNamedByHttpsButHearthsOwn) {
  for (const char* url : {"http://idp.example", "https://", "https://a b", "https://a?x=1", "idp.example"}) {
    EXPECT_TRUE(Do("CreateOpenIDConnectProvider", {{"Url", url}}).starts_with("InvalidInput")) << url;
  }
  EXPECT_NE(In(Do("CreateOpenIDConnectProvider", {{"Url", "http://127.0.0.1:9000"}}), "OpenIDConnectProviderArn"), "");
}

TEST_F(OidcProvidersTest, AreTheBusinessOfTheirAccountAndOfWhomItLets) {
  Create();
  caller_ = RootIdentity("111111111111", "AKIAOTHER");
  EXPECT_TRUE(Do("GetOpenIDConnectProvider", kNamed).starts_with("NoSuchEntity"));
  caller_ = RootIdentity(kIamAccount, "AKIATEST");
  caller_ = CreateUser("ann");
  EXPECT_TRUE(Do("GetOpenIDConnectProvider", kNamed).starts_with("AccessDenied"));
  EXPECT_TRUE(Do("ListOpenIDConnectProviders", {}).starts_with("AccessDenied"));
}

}  // namespace
}  // namespace hearth::controller
