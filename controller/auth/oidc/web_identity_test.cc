#include "controller/auth/oidc/web_identity.h"

#include <gtest/gtest.h>

#include "controller/auth/oidc/oidc_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "000000000000";

class WebIdentityTest : public testing::Test {
 protected:
  WebIdentityTest() {
    AddProvider("127.0.0.1:9000");
    AddProvider("idp.example");
  }
  void AddProvider(const std::string& name) {
    records::OidcProvider provider;
    provider.set_account(kAccount);
    provider.set_name(name);
    provider.add_client_ids("sts.amazonaws.com");
    ASSERT_TRUE(providers_->table().Create(provider, 10).ok());
  }
  int64_t Now() { return UnixMillis(clock_.Wall()) / 1000; }
  // The shape of the refusal, or who it is.
  std::string Verify(const std::string& token, const std::string& account = kAccount) {
    const std::variant<WebIdentity, WebIdentityRefusal> verified = identities_.Verify(account, token);
    if (const auto* refusal = std::get_if<WebIdentityRefusal>(&verified)) {
      return refusal->shape + ": " + refusal->message;
    }
    last_ = std::get<WebIdentity>(verified);
    return last_.subject;
  }

  FakeClock clock_;
  SeededRandom random_{5};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  OwnIssuer own_{*database_, clock_, random_};
  OtherIssuer idp_{"https://idp.example"};
  VerificationKeys keys_{own_.issuer, "",
                         [this](const std::string& url) -> absl::StatusOr<std::string> {
                           ++asked_;
                           if (url == "https://idp.example/keys") return idp_.keys.ToJson().Dump();
                           return R"({"issuer":"https://idp.example","jwks_uri":"https://idp.example/keys"})";
                         },
                         clock_};
  std::unique_ptr<OidcProviders> providers_ = *OidcProviders::Open(*database_);
  WebIdentities identities_{*providers_, keys_, clock_};
  WebIdentity last_;
  int asked_ = 0;  // of issuers
};

TEST_F(WebIdentityTest, KnowsAFunctionByHearthsOwnToken) {
  const std::string token = own_.issuer.Issue({"us-east-1", kAccount, "hello", "7"}).text;
  EXPECT_EQ(Verify(token), "arn:aws:lambda:us-east-1:000000000000:function:hello:7");
  EXPECT_EQ(last_.provider_arn, "arn:aws:iam::000000000000:oidc-provider/127.0.0.1:9000");
  EXPECT_EQ(last_.audience, "sts.amazonaws.com");
}

TEST_F(WebIdentityTest, TrustsOnlyTheProvidersOfTheAccount) {
  EXPECT_EQ(Verify(idp_.Sign(Now()), "111111111111"),
            "InvalidIdentityToken: No OpenIDConnect provider found in your account for https://idp.example");
  EXPECT_TRUE(Verify(OtherIssuer("https://third.example").Sign(Now())).starts_with("InvalidIdentityToken: No Open"));
}

TEST_F(WebIdentityTest, AsksNoIssuerForATokenThatCannotBeGood) {
  const OtherIssuer loud("https://IDP.example");
  EXPECT_TRUE(Verify(loud.Sign(Now())).starts_with("InvalidIdentityToken: No OpenIDConnect provider"));
  EXPECT_TRUE(Verify(idp_.Sign(Now() - 600)).starts_with("ExpiredWebIdentityToken"));
  EXPECT_TRUE(Verify(idp_.Sign(Now(), {{"aud", "other"}})).starts_with("InvalidIdentityToken"));
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(Verify(idp_.Sign(Now())), "subject");
  EXPECT_EQ(asked_, 2);
}

TEST_F(WebIdentityTest, BelievesNoOtherSignature) {
  EXPECT_EQ(Verify(OtherIssuer("https://idp.example").Sign(Now())),
            "InvalidIdentityToken: The signature of the web identity token could not be validated");
  EXPECT_TRUE(Verify("no token").starts_with("InvalidIdentityToken: The ID Token provided is not a valid JWT"));
}

TEST_F(WebIdentityTest, BelievesATokenInItsTimeOnly) {
  EXPECT_EQ(Verify(idp_.Sign(Now() - 599)), "subject");
  EXPECT_TRUE(Verify(idp_.Sign(Now() - 600)).starts_with("ExpiredWebIdentityToken: Token expired: current date/time"));
  EXPECT_EQ(Verify(idp_.Sign(Now() + 60)), "subject");
  EXPECT_TRUE(Verify(idp_.Sign(Now() + 61)).starts_with("InvalidIdentityToken"));
  EXPECT_TRUE(Verify(idp_.Sign(Now(), {{"nbf", Now() + 100}})).starts_with("InvalidIdentityToken"));
}

TEST_F(WebIdentityTest, AsksForAnAudienceTheProviderKnows) {
  EXPECT_EQ(Verify(idp_.Sign(Now(), {{"aud", "other"}})), "InvalidIdentityToken: Incorrect token audience");
  EXPECT_EQ(Verify(idp_.Sign(Now(), {{"aud", Json::Array{"other", "sts.amazonaws.com"}}})), "subject");
  EXPECT_EQ(Verify(idp_.Sign(Now(), {{"azp", "other"}})), "InvalidIdentityToken: Incorrect token audience");
}

TEST_F(WebIdentityTest, AsksForASubjectThatCanBeNamed) {
  EXPECT_TRUE(Verify(idp_.Sign(Now(), {{"sub", "short"}})).starts_with("IDPRejectedClaim"));
  EXPECT_TRUE(Verify(idp_.Sign(Now(), {{"sub", 7}})).starts_with("InvalidIdentityToken"));
}

TEST_F(WebIdentityTest, ReadsWhatTheSessionIsToCarry) {
  const Json tags(Json::Object{{"principal_tags", Json(Json::Object{{"team", Json::Array{"red"}}})},
                               {"transitive_tag_keys", Json::Array{"team"}}});
  Verify(idp_.Sign(Now(), {{"https://aws.amazon.com/tags", tags}, {"https://aws.amazon.com/source_identity", "ann"}}));
  EXPECT_EQ(last_.tags, (std::map<std::string, std::string>{{"team", "red"}}));
  EXPECT_EQ(last_.transitive_tag_keys, std::vector<std::string>{"team"});
  EXPECT_EQ(last_.source_identity, "ann");
}

}  // namespace
}  // namespace hearth::controller
