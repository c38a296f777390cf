#include "controller/store/key_layout.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(KeyLayoutTest, IsTheOneThatIsWrittenDown) {
  EXPECT_EQ(AccountKey("000000000000"), "account/000000000000");
  EXPECT_EQ(AccessKeyKey("AKIA"), "access-key/AKIA");
  EXPECT_EQ(FunctionKey("000000000000", "hello"), "function/000000000000/hello");
  EXPECT_EQ(CodeKey("ab"), "code/ab");
  EXPECT_EQ(IdentityKey(kRolePrefix, "000000000000", "Worker"), "role/000000000000/worker");
  EXPECT_EQ(SessionKeyKey("1"), "session-key/1");
  EXPECT_EQ(IssuerKeyKey("1"), "issuer-key/1");
  EXPECT_EQ(KmsPolicyKey("000000000000", "k"), "kms-policy/000000000000/k");
  EXPECT_EQ(KmsGrantKey("000000000000", "k", "g"), "kms-grant/000000000000/k/g");
  EXPECT_EQ(FunctionVersionKey("000000000000", "hello", 7), "relative/000000000000/hello/version/000000000007");
  EXPECT_EQ(FunctionAliasKey("000000000000", "hello", "live"), "relative/000000000000/hello/alias/live");
  EXPECT_EQ(FunctionPolicyKey("000000000000", "hello", "live"), "relative/000000000000/hello/policy/live");
}

TEST(KeyLayoutTest, PutsTheRelativesOfOneFunctionTogetherAndNoOthers) {
  const std::string prefix = FunctionRelativesPrefix("000000000000", "hello");
  EXPECT_TRUE(FunctionVersionKey("000000000000", "hello", 7).starts_with(prefix));
  EXPECT_TRUE(FunctionAliasKey("000000000000", "hello", "live").starts_with(prefix));
  EXPECT_TRUE(FunctionPolicyKey("000000000000", "hello", "live").starts_with(prefix));
  EXPECT_FALSE(FunctionAliasKey("000000000000", "hello2", "live").starts_with(prefix));
}

TEST(KeyLayoutTest, OrdersVersionsByNumber) {
  EXPECT_LT(FunctionVersionKey("000000000000", "hello", 9), FunctionVersionKey("000000000000", "hello", 10));
}

TEST(KeyLayoutTest, PutsTheFunctionsOfAnAccountTogether) {
  EXPECT_TRUE(FunctionKey("000000000000", "hello").starts_with(FunctionsOfAccountPrefix("000000000000")));
  EXPECT_FALSE(FunctionKey("000000000000", "hello").starts_with(FunctionsOfAccountPrefix("00000000000")));
}

TEST(KeyLayoutTest, OrdersTheVersionsOfALayerNewestFirst) {
  EXPECT_LT(LayerVersionKey("000000000000", "lib", 10), LayerVersionKey("000000000000", "lib", 9));
  EXPECT_TRUE(LayerVersionKey("000000000000", "lib", 1).starts_with(LayerVersionsPrefix("000000000000", "lib")));
  EXPECT_FALSE(LayerKey("000000000000", "lib").starts_with(kLayerVersionPrefix));
}

}  // namespace
}  // namespace hearth::controller
