#include "controller/auth/policy_evaluator.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/auth/policy/policy_test_support.h"

namespace hearth::controller {
namespace {

TEST(PolicyEvaluatorTest, SaysWhyInTheWordsOfAws) {
  EXPECT_EQ(AccessDeniedText(Access::kNotAllowedByIdentityPolicy, "arn:aws:iam::1:user/u", "lambda:GetFunction", "arn"),
            "User: arn:aws:iam::1:user/u is not authorized to perform: lambda:GetFunction on resource: arn because no "
            "identity-based policy allows the lambda:GetFunction action");
  EXPECT_EQ(
      AccessDeniedText(Access::kDeniedByResourcePolicy, "u", "a:b", "r"),
      "User: u is not authorized to perform: a:b on resource: r with an explicit deny in a resource-based policy");
}

}  // namespace
}  // namespace hearth::controller
