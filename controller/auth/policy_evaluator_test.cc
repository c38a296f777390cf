#include "controller/auth/policy_evaluator.h"

#include <gtest/gtest.h>

#include "controller/auth/policy/policy_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kOwner[] = "111111111111";
constexpr char kFunction[] = "arn:aws:lambda:eu-west-1:111111111111:function:hello";

const PolicyCaller kAnn{PolicyCaller::Kind::kUser, kOwner, "arn:aws:iam::111111111111:user/ann", {}};

PolicyDocumentPtr Parsed(std::string_view statement, PolicyKind kind) {
  return PolicyDocument::Parse(R"({"Version":"2012-10-17","Statement":)" + std::string(statement) + "}", kind).value();
}

TEST(PolicyEvaluatorTest, SaysWhyInTheWordsOfAws) {
  EXPECT_EQ(AccessDeniedText(Access::kNotAllowedByIdentityPolicy, "arn:aws:iam::1:user/u", "lambda:GetFunction", "arn"),
            "User: arn:aws:iam::1:user/u is not authorized to perform: lambda:GetFunction on resource: arn because no "
            "identity-based policy allows the lambda:GetFunction action");
  EXPECT_EQ(
      AccessDeniedText(Access::kDeniedByResourcePolicy, "u", "a:b", "r"),
      "User: u is not authorized to perform: a:b on resource: r with an explicit deny in a resource-based policy");
  EXPECT_EQ(AccessDeniedText(Access::kNotAllowedByBoundary, "u", "a:b", "r"),
            "User: u is not authorized to perform: a:b on resource: r because no permissions boundary allows the a:b "
            "action");
}

TEST(PolicyEvaluatorTest, HidesTheSourceFunctionFromResourcePolicies) {
  const WrittenKeys keys{{"lambda:sourcefunctionarn", {kFunction}}};
  const std::string condition =
      R"(,"Condition":{"ArnEquals":{"lambda:SourceFunctionArn":")" + std::string(kFunction) + R"("}}})";
  const PolicyDocumentPtr resource =
      Parsed(R"({"Effect":"Allow","Principal":"*","Action":"*","Resource":"*")" + condition, PolicyKind::kResource);
  PoliciesOfIdentity none, own;
  own.attached.push_back(Parsed(R"({"Effect":"Allow","Action":"*","Resource":"*")" + condition, PolicyKind::kIdentity));
  AccessQuestion question{.caller = kAnn,
                          .action = "lambda:InvokeFunction",
                          .resource = kFunction,
                          .resource_account = kOwner,
                          .keys = keys,
                          .identity_policies = &none,
                          .resource_policy = resource.get()};
  EXPECT_EQ(EvaluateAccess(question), Access::kNotAllowedByIdentityPolicy);
  question.identity_policies = &own;
  EXPECT_EQ(EvaluateAccess(question), Access::kAllowed);
}

TEST(PolicyEvaluatorTest, KeepsWhatMustBeOpenedClosedToItsOwnAccount) {
  const WrittenKeys keys;
  PoliciesOfIdentity own;
  own.attached.push_back(Parsed(R"({"Effect":"Allow","Action":"*","Resource":"*"})", PolicyKind::kIdentity));
  const PolicyDocumentPtr opened =
      Parsed(R"({"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"})", PolicyKind::kTrust);
  AccessQuestion question{.caller = kAnn,
                          .action = "sts:AssumeRole",
                          .resource = "arn:aws:iam::111111111111:role/r",
                          .resource_account = kOwner,
                          .keys = keys,
                          .identity_policies = &own,
                          .resource_policy_must_allow = true};
  EXPECT_EQ(EvaluateAccess(question), Access::kNotAllowedByResourcePolicy);
  question.resource_policy = opened.get();
  EXPECT_EQ(EvaluateAccess(question), Access::kAllowed);
  const PoliciesOfIdentity none;
  question.identity_policies = &none;
  EXPECT_EQ(EvaluateAccess(question), Access::kNotAllowedByIdentityPolicy);
}

}  // namespace
}  // namespace hearth::controller
