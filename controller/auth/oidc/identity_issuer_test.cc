#include "controller/auth/oidc/identity_issuer.h"

#include <gtest/gtest.h>

#include "controller/secrets/plain_keys_test_support.h"

namespace hearth::controller {
namespace {

class IdentityIssuerTest : public testing::Test {
 protected:
  std::string Issue() { return issuer_.Issue({"us-east-1", "000000000000", "hello", "$LATEST"}).text; }

  FakeClock clock_;
  SeededRandom random_{4};
  PlainKeys wrapping_;
  Envelope envelope_{wrapping_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  std::unique_ptr<IssuerKeys> keys_ = *IssuerKeys::Open(*database_, envelope_, clock_);
  IdentityIssuer issuer_{{"https://hearth.example", "sts.amazonaws.com"}, *keys_, clock_, random_};
};

TEST_F(IdentityIssuerTest, SaysWhichFunctionItIs) {
  const std::optional<Jwt> token = Jwt::Parse(Issue());
  EXPECT_EQ(*token->Text("iss"), "https://hearth.example");
  EXPECT_EQ(*token->Text("sub"), "arn:aws:lambda:us-east-1:000000000000:function:hello:$LATEST");
  EXPECT_EQ(*token->Text("aud"), "sts.amazonaws.com");
  EXPECT_EQ(*token->Seconds("exp") - *token->Seconds("iat"), 3600);
  EXPECT_EQ(*token->Seconds("nbf"), *token->Seconds("iat"));
  EXPECT_TRUE(keys_->Published().Verifies(*token));
}

TEST_F(IdentityIssuerTest, NamesEveryTokenAnew) {
  EXPECT_NE(*Jwt::Parse(Issue())->Text("jti"), *Jwt::Parse(Issue())->Text("jti"));
}

TEST_F(IdentityIssuerTest, RenewsForTheSameFunctionEvenAfterTheEnd) {
  const std::string first = Issue();
  clock_.Advance(std::chrono::hours(2));
  const std::optional<Jwt> next = Jwt::Parse(issuer_.Renew(first)->text);
  EXPECT_EQ(*next->Text("sub"), *Jwt::Parse(first)->Text("sub"));
  EXPECT_EQ(*next->Seconds("iat") - *Jwt::Parse(first)->Seconds("iat"), 7200);
}

TEST_F(IdentityIssuerTest, RenewsNoLongerThanAnEnvironmentLives) {
  std::string token = Issue();
  clock_.Advance(std::chrono::hours(7));
  token = issuer_.Renew(token)->text;
  clock_.Advance(std::chrono::hours(7));
  EXPECT_FALSE(issuer_.Renew(token).has_value());
}

TEST_F(IdentityIssuerTest, RenewsNothingItDidNotSign) {
  std::string token = Issue();
  const size_t dot = token.find('.');
  token[dot + 10] = token[dot + 10] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(issuer_.Renew(token).has_value());
  EXPECT_FALSE(issuer_.Renew("").has_value());
}

TEST_F(IdentityIssuerTest, PublishesWhereItsKeysAre) {
  const Json discovery = *Json::Parse(*issuer_.Document("/.well-known/openid-configuration"));
  EXPECT_EQ(discovery.Find("issuer")->as_string(), "https://hearth.example");
  EXPECT_EQ(discovery.Find("jwks_uri")->as_string(), "https://hearth.example/.well-known/jwks.json");
  EXPECT_TRUE(JwkSet::Parse(*issuer_.Document("/.well-known/jwks.json"))->Verifies(*Jwt::Parse(Issue())));
  EXPECT_EQ(issuer_.Document("/.well-known/other"), std::nullopt);
}

}  // namespace
}  // namespace hearth::controller
