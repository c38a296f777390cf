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

TEST(PolicyCacheTest, HasNoPolicyForOtherTexts) {
  const PolicyCache cache;
  EXPECT_EQ(cache.Compiled(""), nullptr);
  EXPECT_EQ(cache.Compiled("no policy"), nullptr);
}

}  // namespace
}  // namespace hearth::controller
