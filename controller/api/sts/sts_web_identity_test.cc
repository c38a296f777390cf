#include "controller/api/sts/sts_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kSubject[] = "arn:aws:lambda:us-east-1:000000000000:function:hello:$LATEST";

std::string WebTrust(const std::string& condition) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":)"
         R"("arn:aws:iam::000000000000:oidc-provider/127.0.0.1:9000"},"Action":"sts:AssumeRoleWithWebIdentity",)"
         R"("Condition":)" +
         condition + "}]}";
}

class StsWebIdentityTest : public StsApiTest {
 protected:
  StsWebIdentityTest() {
    EXPECT_NE(Do("CreateOpenIDConnectProvider",
                 {{"Url", "http://127.0.0.1:9000"}, {"ClientIDList.member.1", "sts.amazonaws.com"}}),
              "");
  }
  // As nobody, with the token of a function.
  std::string Trade(Parameters more = {}) {
    const std::string token = own_.issuer.Issue({"us-east-1", kIamAccount, "hello", "$LATEST"}).text;
    more.insert(more.begin(), {{"RoleArn", kRoleArn}, {"RoleSessionName", "run"}, {"WebIdentityToken", token}});
    const absl::StatusOr<std::string> answer = sts_.Handle(ApiCall(), "AssumeRoleWithWebIdentity", InputOf(more));
    if (answer.ok()) return *answer;
    return AwsErrorShape(answer.status()).value_or("ours") + ": " + std::string(answer.status().message());
  }
};

TEST_F(StsWebIdentityTest, NeedsNoSignature) {
  EXPECT_TRUE(sts_.IsUnsigned("AssumeRoleWithWebIdentity"));
  EXPECT_FALSE(sts_.IsUnsigned("AssumeRole"));
}

TEST_F(StsWebIdentityTest, GivesAFunctionARoleThatTrustsItsToken) {
  CreateRole("worker", WebTrust(R"({"StringEquals":{"127.0.0.1:9000:aud":"sts.amazonaws.com","127.0.0.1:9000:sub":")" +
                                std::string(kSubject) + R"("}})"));
  const std::string answer = Trade();
  EXPECT_EQ(In(answer, "Arn"), "arn:aws:sts::000000000000:assumed-role/worker/run");
  EXPECT_EQ(In(answer, "SubjectFromWebIdentityToken"), kSubject);
  EXPECT_EQ(In(answer, "Audience"), "sts.amazonaws.com");
  EXPECT_EQ(In(answer, "Provider"), "arn:aws:iam::000000000000:oidc-provider/127.0.0.1:9000");
  EXPECT_EQ(IdentityIn(answer).federated_provider, In(answer, "Provider"));
}

TEST_F(StsWebIdentityTest, AsksTheTrustPolicyForTheSubject) {
  CreateRole("worker", WebTrust(R"({"StringLike":{"127.0.0.1:9000:sub":"arn:*:function:other:*"}})"));
  const std::string denied = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";
  EXPECT_EQ(Trade(), denied);
  EXPECT_EQ(Trade({{"RoleArn", "arn:aws:iam::000000000000:role/absent"}}), denied);
  CreateRole("for-users", TrustOf("*"));
  EXPECT_EQ(Trade({{"RoleArn", "arn:aws:iam::000000000000:role/for-users"}}), denied);
}

TEST_F(StsWebIdentityTest, TakesNoTagsThatASessionCannotHave) {
  SessionTraits traits;
  traits.tags = {{"team", "red"}, {"job", ""}};
  traits.transitive_tag_keys = {"team"};
  traits.source_identity = "ann";
  EXPECT_TRUE(traits.AreWellFormed());
  const auto refused = [&](auto change) {
    SessionTraits changed = traits;
    change(changed);
    return !changed.AreWellFormed();
  };
  EXPECT_TRUE(refused([](SessionTraits& changed) { changed.tags["team!"] = "red"; }));
  EXPECT_TRUE(refused([](SessionTraits& changed) { changed.tags["TEAM"] = "blue"; }));
  EXPECT_TRUE(refused([](SessionTraits& changed) { changed.tags["team"] = std::string(257, 'v'); }));
  EXPECT_TRUE(refused([](SessionTraits& changed) { changed.tags[std::string(129, 'k')] = ""; }));
  EXPECT_TRUE(refused([](SessionTraits& changed) { changed.transitive_tag_keys[0] = ""; }));
  EXPECT_TRUE(refused([](SessionTraits& changed) { changed.source_identity = "a"; }));
  EXPECT_TRUE(refused([](SessionTraits& changed) { changed.source_identity = "a b"; }));
}

TEST_F(StsWebIdentityTest, LetsNoTokenReachAnAccountWithoutItsProvider) {
  EXPECT_EQ(Trade({{"RoleArn", "arn:aws:iam::111111111111:role/worker"}}),
            "InvalidIdentityToken: No OpenIDConnect provider found in your account for http://127.0.0.1:9000");
}

TEST_F(StsWebIdentityTest, ChecksItsParameters) {
  EXPECT_TRUE(Trade({{"WebIdentityToken", "a"}}).starts_with("ValidationException"));
  EXPECT_EQ(Trade({{"RoleArn", "not the ARN of a role"}}), "ValidationException: Request ARN is invalid");
  EXPECT_TRUE(Trade({{"DurationSeconds", "10"}}).starts_with("ValidationException"));
  CreateRole("worker", WebTrust("{}"));
  EXPECT_TRUE(Trade({{"DurationSeconds", "3601"}}).starts_with("ValidationException: The requested DurationSeconds"));
}

}  // namespace
}  // namespace hearth::controller
