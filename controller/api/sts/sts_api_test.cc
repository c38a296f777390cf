#include "controller/api/sts/sts_api.h"

#include "controller/api/sts/sts_test_support.h"

namespace hearth::controller {
namespace {

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

TEST_F(StsApiTest, GivesAUserCredentialsOfItsOwnForATime) {
  const Identity ann = CreateUser("ann");
  caller_ = ann;
  const std::string answer = *sts_.Handle(CallBy(caller_), "GetSessionToken", InputOf({{"DurationSeconds", "900"}}));
  const Identity back = IdentityIn(answer);
  EXPECT_EQ(back.principal_arn, ann.principal_arn);
  EXPECT_EQ(back.principal_id, ann.principal_id);
  EXPECT_EQ(back.kind, Identity::Kind::kUser);
  caller_ = back;
  EXPECT_EQ(sts_.Handle(CallBy(caller_), "GetSessionToken", InputOf({})).status().message(),
            "Cannot call GetSessionToken with session credentials");
  EXPECT_TRUE(Do("ListRoles", {}).starts_with("UnrecognizedClientException"));  // IAM asks for a second factor
  caller_ = RootIdentity(kIamAccount, "AKIATEST");
  ASSERT_EQ(Do("DeleteUserPolicy", {{"UserName", "ann"}, {"PolicyName", "p"}}).substr(0, 12), "NoSuchEntity");
  ASSERT_EQ(Do("DeleteUser", {{"UserName", "ann"}}), "");
  EXPECT_TRUE(std::holds_alternative<RoleSessions::Refusal>(
      sessions_.Find(In(answer, "AccessKeyId"), In(answer, "SessionToken"))));
}

TEST_F(StsApiTest, BoundsTheCredentialsOfRootToAnHour) {
  const std::string answer = *sts_.Handle(CallBy(caller_), "GetSessionToken", InputOf({}));
  EXPECT_EQ(IdentityIn(answer).kind, Identity::Kind::kRoot);
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(std::get<RoleSessions::Refusal>(sessions_.Find(In(answer, "AccessKeyId"), In(answer, "SessionToken"))),
            RoleSessions::Refusal::kExpired);
}

TEST_F(StsApiTest, SaysWhoseAnAccessKeyIs) {
  CreateUser("bob");
  const std::string key = In(Do("CreateAccessKey", {{"UserName", "bob"}}), "AccessKeyId");
  EXPECT_EQ(In(Run("GetAccessKeyInfo", {{"AccessKeyId", key}}), "Account"), kIamAccount);
  EXPECT_TRUE(Run("GetAccessKeyInfo", {{"AccessKeyId", "AKIAAAAAAAAAAAAAAAAA"}}).starts_with("ValidationException"));
  EXPECT_TRUE(Run("GetAccessKeyInfo", {{"AccessKeyId", "AKIA"}}).starts_with("ValidationException"));
  EXPECT_TRUE(Run("GetAccessKeyInfo", {{"AccessKeyId", "AKIA-AAAAAAAAAAAAAAA"}}).starts_with("ValidationException"));
  caller_ = CreateUser("ann");
  EXPECT_EQ(
      Run("GetAccessKeyInfo", {{"AccessKeyId", key}}),
      "AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: "
      "sts:GetAccessKeyInfo on resource: * because no identity-based policy allows the sts:GetAccessKeyInfo action");
}

TEST_F(StsApiTest, KnowsTheTemporaryKeyThatSigned) {
  caller_.access_key_id = "ASIAAAAAAAAAAAAAAAAA";
  EXPECT_EQ(In(Run("GetAccessKeyInfo", {{"AccessKeyId", "ASIAAAAAAAAAAAAAAAAA"}}), "Account"), kIamAccount);
  EXPECT_TRUE(Run("GetAccessKeyInfo", {{"AccessKeyId", "ASIAAAAAAAAAAAAAAAAB"}}).starts_with("ValidationException"));
}

TEST_F(StsApiTest, HasEncodedNoAuthorizationMessage) {
  EXPECT_EQ(Run("DecodeAuthorizationMessage", {{"EncodedMessage", "abc"}}),
            "InvalidAuthorizationMessageException: Message is not valid");
  EXPECT_TRUE(Run("DecodeAuthorizationMessage", {}).starts_with("ValidationException"));
  EXPECT_TRUE(Run("DecodeAuthorizationMessage", {{"EncodedMessage", std::string(10241, 'a')}})
                  .starts_with("ValidationException"));
  caller_ = CreateUser("ann");
  EXPECT_TRUE(Run("DecodeAuthorizationMessage", {{"EncodedMessage", "abc"}}).starts_with("AccessDenied"));
}

TEST_F(StsApiTest, RefusesWhatItDoesNotCarryOut) {
  CreateRole("worker", TrustOf("arn:aws:iam::000000000000:root"));
  caller_ = CreateUser("ann", kAllowAssume);
  EXPECT_EQ(Assume({{"SerialNumber", "123456789"}}), "ValidationException: Hearth does not carry out SerialNumber.");
  EXPECT_FALSE(sts_.Handle(CallBy(caller_), "GetFederationToken", InputOf({})).ok());
}

}  // namespace
}  // namespace hearth::controller
