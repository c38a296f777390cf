#include "controller/auth/aws_managed_policies.h"

#include <gtest/gtest.h>

#include <set>

#include "controller/auth/policy_document.h"

namespace hearth::controller {
namespace {

TEST(AwsManagedPoliciesTest, AreValidPolicies) {
  for (const AwsManagedPolicy& policy : AwsManagedPolicies()) {
    EXPECT_TRUE(PolicyDocument::Parse(policy.document, PolicyKind::kIdentity).ok()) << policy.name;
  }
}

TEST(AwsManagedPoliciesTest, HaveIdsOfTheirOwn) {
  std::set<std::string_view> ids;
  for (const AwsManagedPolicy& policy : AwsManagedPolicies()) {
    EXPECT_EQ(policy.id.size(), 21u) << policy.name;
    ids.insert(policy.id);
  }
  EXPECT_EQ(ids.size(), AwsManagedPolicies().size());
}

TEST(AwsManagedPoliciesTest, AreFoundByTheirArn) {
  const AwsManagedPolicy* found =
      FindAwsManagedPolicy("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->name, "AWSLambdaBasicExecutionRole");
  EXPECT_EQ(FindAwsManagedPolicy("arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole"), nullptr);
}

}  // namespace
}  // namespace hearth::controller
