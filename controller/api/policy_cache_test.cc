#include "controller/api/policy_cache.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

constexpr char kPolicy[] =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}})";

TEST(PolicyCacheTest, CompilesATextOnce) {
  const PolicyCache cache;
  const PolicyDocumentPtr policy = cache.Compiled(kPolicy);
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(cache.Compiled(kPolicy), policy);
}

TEST(PolicyCacheTest, HasNoPolicyForNoText) { EXPECT_EQ(PolicyCache().Compiled(""), nullptr); }

TEST(PolicyCacheTest, DeniesEverythingByAPolicyThatCannotBeRead) {
  const PolicyCache cache;
  const PolicyDocumentPtr policy = cache.Compiled("no policy");
  ASSERT_NE(policy, nullptr);
  EXPECT_TRUE(policy->denies_anything());
}

}  // namespace
}  // namespace hearth::controller
