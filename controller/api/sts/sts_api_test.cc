#include "controller/api/sts/sts_api.h"

#include "controller/api/iam/iam_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kRoleArn[] = "arn:aws:iam::000000000000:role/worker";
constexpr char kAllowAssume[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]})";

std::string TrustOf(const std::string& principal, const std::string& condition = "{}") {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" + principal +
         R"("},"Action":"sts:AssumeRole","Condition":)" + condition + "}]}";
}

class StsApiTest : public IamTest {
 protected:
  std::string Assume(Parameters more = {}) {
    more.emplace_back("RoleArn", kRoleArn);
    more.emplace_back("RoleSessionName", "run");
    const absl::StatusOr<std::string> answer = sts_.Handle(CallBy(caller_), "AssumeRole", InputOf(more));
    if (answer.ok()) return *answer;
    return AwsErrorShape(answer.status()).value_or("ours") + ": " + std::string(answer.status().message());
  }
  Identity IdentityIn(const std::string& answer) {
    return std::get<Credential>(sessions_.Find(In(answer, "AccessKeyId"), In(answer, "SessionToken"))).identity;
  }

  SessionKeys session_keys_ = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  SessionTokens tokens_{session_keys_, random_};
  RoleSessions sessions_{tokens_, *identities_, false, clock_};
  StsApi sts_{sessions_, *identities_, authorizer_};
};

TEST_F(StsApiTest, SaysWhoTheCallerIs) {
  const std::string answer = *sts_.Handle(CallBy(caller_), "GetCallerIdentity", InputOf({}));
  EXPECT_EQ(In(answer, "Account"), kIamAccount);
  EXPECT_EQ(In(answer, "Arn"), "arn:aws:iam::000000000000:root");
}

TEST_F(StsApiTest, GivesAUserTheCredentialsOfARoleThatTrustsTheAccount) {
  CreateRole("worker", TrustOf("arn:aws:iam::000000000000:root"));
  caller_ = CreateUser("ann", kAllowAssume);
  const std::string answer = Assume();
  EXPECT_EQ(In(answer, "Arn"), "arn:aws:sts::000000000000:assumed-role/worker/run");
  EXPECT_TRUE(In(answer, "AccessKeyId").starts_with("ASIA"));
  EXPECT_EQ(IdentityIn(answer).role_arn, kRoleArn);
}

TEST_F(StsApiTest, AsksTheTrustPolicyAndTheCallersOwn) {
  CreateRole("worker", TrustOf("arn:aws:iam::000000000000:root"));
  const std::string denied =
      "AccessDenied: User: arn:aws:iam::000000000000:user/bob is not authorized to perform: sts:AssumeRole on "
      "resource: arn:aws:iam::000000000000:role/worker";
  caller_ = CreateUser("bob");
  EXPECT_EQ(Assume(), denied);  // the account may hand it on, and did not
  caller_ = RootIdentity(kIamAccount, "AKIATEST");
  ASSERT_EQ(Do("UpdateAssumeRolePolicy", {{"RoleName", "worker"}, {"PolicyDocument", kLambdaTrust}}), "");
  ASSERT_EQ(Do("PutUserPolicy", {{"UserName", "bob"}, {"PolicyName", "p"}, {"PolicyDocument", kAllowAssume}}), "");
  caller_.kind = Identity::Kind::kUser;
  caller_.principal_arn = "arn:aws:iam::000000000000:user/bob";
  caller_.principal_id = identities_->users().Find(kIamAccount, "bob")->id();
  EXPECT_EQ(Assume(), denied);  // the role trusts Lambda only
}

TEST_F(StsApiTest, DoesNotTellARoleThatIsNotThereFromOneThatIsClosed) {
  caller_ = CreateUser("ann", kAllowAssume);
  EXPECT_TRUE(Assume().starts_with("AccessDenied"));
}

TEST_F(StsApiTest, LetsNoRootAssumeRoles) {
  CreateRole("worker", TrustOf("*"));
  EXPECT_EQ(Assume(), "AccessDenied: Roles may not be assumed by root accounts.");
}

TEST_F(StsApiTest, AsksForTheExternalId) {
  CreateRole("worker", TrustOf("arn:aws:iam::000000000000:root", R"({"StringEquals":{"sts:ExternalId":"abc"}})"));
  caller_ = CreateUser("ann", kAllowAssume);
  EXPECT_TRUE(Assume().starts_with("AccessDenied"));
  EXPECT_TRUE(Assume({{"ExternalId", "other"}}).starts_with("AccessDenied"));
  EXPECT_NE(In(Assume({{"ExternalId", "abc"}}), "SessionToken"), "");
}

TEST_F(StsApiTest, BoundsHowLongASessionLasts) {
  CreateRole("worker", TrustOf("arn:aws:iam::000000000000:root"));
  caller_ = CreateUser("ann", kAllowAssume);
  EXPECT_TRUE(Assume({{"DurationSeconds", "899"}}).starts_with("ValidationException"));
  EXPECT_NE(In(Assume({{"DurationSeconds", "900"}}), "SessionToken"), "");
  EXPECT_EQ(Assume({{"DurationSeconds", "3601"}}),
            "ValidationException: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
}

TEST_F(StsApiTest, BoundsChainedSessionsToAnHour) {
  CreateRole("first", TrustOf("arn:aws:iam::000000000000:root"));
  CreateRole("worker", TrustOf("arn:aws:iam::000000000000:role/first"));
  for (const char* name : {"worker", "first"}) {
    ASSERT_EQ(Do("UpdateRole", {{"RoleName", name}, {"MaxSessionDuration", "43200"}}), "");
  }
  const IssuedSession first = *sessions_.Issue({"arn:aws:iam::000000000000:role/first", "one"});
  caller_ =
      std::get<Credential>(sessions_.Find(first.credentials.access_key_id, first.credentials.session_token)).identity;
  EXPECT_NE(In(Assume({{"DurationSeconds", "3600"}}), "SessionToken"), "");
  EXPECT_TRUE(Assume({{"DurationSeconds", "3601"}}).starts_with("ValidationException"));
}

TEST_F(StsApiTest, KeepsTheSessionPoliciesInTheToken) {
  CreateRole("worker", TrustOf("arn:aws:iam::000000000000:root"));
  caller_ = CreateUser("ann", kAllowAssume);
  const std::string alone = Assume({{"Policy", kAllowLogs}});
  EXPECT_EQ(IdentityIn(alone).session_policy, kAllowLogs);
  EXPECT_NE(In(alone, "PackedPolicySize"), "");
  const std::string both =
      Assume({{"Policy", kAllowLogs}, {"PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/AdministratorAccess"}});
  EXPECT_EQ(policies_.Of(IdentityIn(both)).session->statements().size(), 2u);
  EXPECT_TRUE(Assume({{"Policy", "{}"}}).starts_with("MalformedPolicyDocument"));
  EXPECT_TRUE(Assume({{"Policy", std::string(2049, ' ')}}).starts_with("PackedPolicyTooLarge"));
}

TEST_F(StsApiTest, RefusesWhatItDoesNotCarryOut) {
  CreateRole("worker", TrustOf("arn:aws:iam::000000000000:root"));
  caller_ = CreateUser("ann", kAllowAssume);
  EXPECT_EQ(Assume({{"SourceIdentity", "me"}}), "ValidationException: Hearth does not carry out SourceIdentity.");
  EXPECT_TRUE(Assume({{"Tags.member.1.Key", "k"}}).starts_with("ValidationException"));
  EXPECT_FALSE(sts_.Handle(CallBy(caller_), "GetFederationToken", InputOf({})).ok());
}

}  // namespace
}  // namespace hearth::controller
