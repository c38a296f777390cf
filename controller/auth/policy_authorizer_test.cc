#include "controller/auth/policy_authorizer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/auth/authorizer_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kOwner[] = "111111111111";
constexpr char kOther[] = "222222222222";
constexpr char kFunction[] = "arn:aws:lambda:eu-west-1:111111111111:function:hello";

class PolicyAuthorizerTest : public testing::Test {
 protected:
  static PolicyDocumentPtr Resource(std::string_view principal, std::string_view condition = "{}") {
    return PolicyDocument::Parse(fmt::format(R"({{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{},
                              "Action":"lambda:InvokeFunction","Resource":"{}","Condition":{}}}}})",
                                             principal, kFunction, condition),
                                 PolicyKind::kResource)
        .value();
  }
  AccessRequest Invoke(PolicyDocumentPtr policy = nullptr) const {
    return {.action = "lambda:InvokeFunction",
            .resource = kFunction,
            .resource_account = kOwner,
            .resource_policy = std::move(policy)};
  }
  bool Allowed(const Identity& caller, const AccessRequest& request) {
    return authorizer_.Authorize(caller, request).ok();
  }

  FakeClock clock_;
  WrittenPolicies policies_;
  PolicyAuthorizer authorizer_{policies_, clock_, "eu-west-1"};
  const Identity ann_ = UserIdentity(kOwner, "ann");
  const Identity bob_ = UserIdentity(kOther, "bob");
};

TEST_F(PolicyAuthorizerTest, LetsTheRootOfAnAccountDoEverythingInIt) {
  EXPECT_TRUE(Allowed(RootIdentity(kOwner, "AKIA"), Invoke()));
  EXPECT_FALSE(Allowed(RootIdentity(kOther, "AKIA"), Invoke()));
}

TEST_F(PolicyAuthorizerTest, SaysToAUserWithoutPoliciesWhatIsMissing) {
  const absl::Status status = authorizer_.Authorize(ann_, Invoke());
  EXPECT_TRUE(absl::IsPermissionDenied(status));
  EXPECT_EQ(status.message(),
            "User: arn:aws:iam::111111111111:user/ann is not authorized to perform: lambda:InvokeFunction on resource: "
            "arn:aws:lambda:eu-west-1:111111111111:function:hello because no identity-based policy allows the "
            "lambda:InvokeFunction action");
}

TEST_F(PolicyAuthorizerTest, LetsAUserDoWhatEitherPolicyAllows) {
  EXPECT_TRUE(Allowed(ann_, Invoke(Resource(R"({"AWS":"arn:aws:iam::111111111111:user/ann"})"))));
  policies_.AttachAllow(ann_.principal_arn, "lambda:Invoke*", "*");
  EXPECT_TRUE(Allowed(ann_, Invoke()));
}

TEST_F(PolicyAuthorizerTest, WantsBothPoliciesAcrossAccounts) {
  const PolicyDocumentPtr opened = Resource(R"({"AWS":"222222222222"})");
  EXPECT_FALSE(Allowed(bob_, Invoke(opened)));
  policies_.AttachAllow(bob_.principal_arn, "lambda:*", kFunction);
  EXPECT_FALSE(Allowed(bob_, Invoke()));
  EXPECT_TRUE(Allowed(bob_, Invoke(opened)));
  EXPECT_TRUE(Allowed(RootIdentity(kOther, "AKIA"), Invoke(opened)));
}

TEST_F(PolicyAuthorizerTest, JudgesAServiceByTheResourcePolicyAlone) {
  const AccessRequest request = Invoke(Resource(
      R"({"Service":"s3.amazonaws.com"})",
      R"({"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::bucket"},"StringEquals":{"AWS:SourceAccount":"111111111111"}})"));
  EXPECT_TRUE(authorizer_.AuthorizeService({"s3.amazonaws.com", "arn:aws:s3:::bucket", kOwner}, request).ok());
  EXPECT_FALSE(authorizer_.AuthorizeService({"s3.amazonaws.com", "arn:aws:s3:::bucket", kOther}, request).ok());
  EXPECT_FALSE(authorizer_.AuthorizeService({"s3.amazonaws.com", "arn:aws:s3:::other", kOwner}, request).ok());
  EXPECT_FALSE(authorizer_.AuthorizeService({"sns.amazonaws.com", "arn:aws:s3:::bucket", kOwner}, request).ok());
}

TEST_F(PolicyAuthorizerTest, LetsAnyoneInWhenTheResourceIsPublic) {
  EXPECT_TRUE(authorizer_.AuthorizeAnyone(Invoke(Resource("\"*\""))).ok());
  EXPECT_FALSE(authorizer_.AuthorizeAnyone(Invoke(Resource(R"({"AWS":"111111111111"})"))).ok());
  EXPECT_FALSE(authorizer_.AuthorizeAnyone(Invoke()).ok());
}

}  // namespace
}  // namespace hearth::controller
