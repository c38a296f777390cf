#include "controller/auth/oidc/oidc_providers.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

records::OidcProvider ProviderOf(const std::string& name) {
  records::OidcProvider provider;
  provider.set_account("000000000000");
  provider.set_name(name);
  return provider;
}

TEST(OidcProvidersTest, AreThereAfterARestartWhateverTheirPath) {
  const std::unique_ptr<Database> database = MakeMemoryDatabase();
  ASSERT_TRUE((*OidcProviders::Open(*database))->table().Create(ProviderOf("idp.example/a/b"), 10).ok());
  const std::unique_ptr<OidcProviders> again = *OidcProviders::Open(*database);
  EXPECT_NE(again->table().Find("000000000000", "idp.example/a/b"), nullptr);
  EXPECT_EQ(again->table().Find("000000000000", "idp.example/a"), nullptr);
  EXPECT_EQ(again->table().Find("111111111111", "idp.example/a/b"), nullptr);
}

TEST(OidcProvidersTest, AreNamedByTheirUrlWithoutItsScheme) {
  EXPECT_EQ(IssuerName("https://idp.example/team"), "idp.example/team");
  EXPECT_EQ(IssuerName("http://127.0.0.1:9000"), "127.0.0.1:9000");
  EXPECT_EQ(IssuerName("idp.example"), "idp.example");
  EXPECT_EQ(ArnOf(ProviderOf("idp.example/team")), "arn:aws:iam::000000000000:oidc-provider/idp.example/team");
}

}  // namespace
}  // namespace hearth::controller
