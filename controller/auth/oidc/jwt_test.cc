#include "controller/auth/oidc/jwt.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

struct Signer {
  std::string private_key = NewP256PrivateKey();
  JwkSet Set(const std::string& id) const {
    Jwk key;
    key.id = id;
    key.point = *P256PublicKeyOf(private_key);
    return JwkSet({key});
  }
  std::string Sign(const std::string& id) const {
    return SignJwt(Json(Json::Object{{"sub", "x"}, {"exp", 12}, {"iat", 1.5}}), id, private_key);
  }
};

TEST(JwtTest, ReadsTheClaims) {
  const std::optional<Jwt> token = Jwt::Parse(Signer().Sign("a"));
  EXPECT_EQ(*token->Text("sub"), "x");
  EXPECT_EQ(token->Text("exp"), nullptr);
  EXPECT_EQ(token->Seconds("exp"), 12);
  EXPECT_EQ(token->Seconds("iat"), 1);
  EXPECT_EQ(token->Seconds("sub"), std::nullopt);
}

TEST(JwtTest, TellsWhoSigned) {
  const Signer signer;
  const std::optional<Jwt> token = Jwt::Parse(signer.Sign("a"));
  EXPECT_TRUE(signer.Set("a").Verifies(*token));
  EXPECT_TRUE(signer.Set("").Verifies(*token));    // a key without a name is tried
  EXPECT_FALSE(signer.Set("b").Verifies(*token));  // a key of another name is not
  EXPECT_FALSE(Signer().Set("a").Verifies(*token));
}

TEST(JwtTest, TrustsNoTokenWithoutASignature) {
  const Signer signer;
  const std::string head = Base64UrlEncode(R"({"alg":"none"})");
  EXPECT_FALSE(signer.Set("").Verifies(*Jwt::Parse(head + "." + Base64UrlEncode("{}") + ".")));
}

TEST(JwtTest, ReadsNothingElse) {
  for (const char* text : {"", "a", "a.b", "a.b.c", "..", "e30.e30.e30.e30", "W10.e30.e30", "e30=.e30.e30"}) {
    EXPECT_FALSE(Jwt::Parse(text).has_value()) << text;
  }
  EXPECT_FALSE(Jwt::Parse("e30.e30." + std::string(Jwt::kMaxTokenBytes, 'A')).has_value());
}

TEST(JwkSetTest, IsReadAsItIsWritten) {
  const Signer signer;
  const JwkSet read = *JwkSet::Parse(signer.Set("a").ToJson().Dump());
  EXPECT_TRUE(read.Verifies(*Jwt::Parse(signer.Sign("a"))));
}

TEST(JwkSetTest, PassesOverKeysOfOtherKinds) {
  const JwkSet set = *JwkSet::Parse(
      R"({"keys":[{"kty":"oct","k":"YQ"},{"kty":"EC","crv":"P-384","x":"YQ","y":"YQ"},{"kty":"RSA","n":"YQ"},
                  {"kty":"RSA","use":"enc","n":"YQ","e":"AQAB"},{"kty":"RSA","n":"YQ","e":"AQAB"}]})");
  EXPECT_EQ(set.keys().size(), 1u);
}

TEST(JwkSetTest, IsBounded) {
  std::string many = R"({"keys":[{})";
  for (size_t i = 0; i < JwkSet::kMaxKeys; ++i) many += ",{}";
  EXPECT_TRUE(absl::IsInvalidArgument(JwkSet::Parse(many + "]}").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(JwkSet::Parse("{}").status()));
}

}  // namespace
}  // namespace hearth::controller
