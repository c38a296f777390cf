#include "controller/auth/role_sessions.h"

#include <gtest/gtest.h>

#include "controller/secrets/plain_keys_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "000000000000";
constexpr char kRoleArn[] = "arn:aws:iam::000000000000:role/team/worker";

class RoleSessionsTest : public testing::Test {
 protected:
  RoleSessionsTest() {
    records::Role role;
    role.set_account(kAccount);
    role.set_name("worker");
    role.set_path("/team/");
    role.set_id("AROAWORKER");
    EXPECT_TRUE(identities_->roles().Create(role, 10).ok());
  }

  IssuedSession Issue(std::string session_policy = "") {
    return *sessions_.Issue({kRoleArn, "run", std::chrono::seconds(3600), std::move(session_policy), "arn:function"});
  }
  std::string Refused(const SigV4Credentials& credentials) {
    const auto found = sessions_.Find(credentials.access_key_id, credentials.session_token);
    const auto* refusal = std::get_if<RoleSessions::Refusal>(&found);
    if (refusal == nullptr) return "";
    return *refusal == RoleSessions::Refusal::kExpired ? "expired" : "invalid";
  }

  FakeClock clock_;
  SeededRandom random_{4};
  PlainKeys wrapping_;
  Envelope envelope_{wrapping_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  std::unique_ptr<IdentityStore> identities_ = *IdentityStore::Open(*database_);
  SessionKeys keys_ = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  SessionTokens tokens_{keys_, random_};
  RoleSessions sessions_{tokens_, *identities_, false, clock_};
};

TEST_F(RoleSessionsTest, SayWhoseCredentialsComeBack) {
  const IssuedSession issued = Issue("{}");
  const auto found = sessions_.Find(issued.credentials.access_key_id, issued.credentials.session_token);
  const Credential& credential = std::get<Credential>(found);
  EXPECT_EQ(credential.secret_access_key, issued.credentials.secret_access_key);
  EXPECT_EQ(credential.identity.principal_arn, "arn:aws:sts::000000000000:assumed-role/worker/run");
  EXPECT_EQ(credential.identity.principal_id, "AROAWORKER:run");
  EXPECT_EQ(credential.identity.role_arn, kRoleArn);
  EXPECT_EQ(credential.identity.session_policy, "{}");
  EXPECT_EQ(credential.identity.source_function_arn, "arn:function");
}

TEST_F(RoleSessionsTest, AreNotIssuedWhenTheirTokenCouldNotComeBack) {
  SessionGrant grant{kRoleArn, "run"};
  const size_t most = SessionTokens::kMaxTokenBytes / 4 * 3;
  grant.session_policy = std::string(most - 200, 'x');
  const absl::StatusOr<IssuedSession> issued = sessions_.Issue(grant);
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(Refused(issued->credentials), "");
  grant.session_policy = std::string(most, 'x');
  EXPECT_TRUE(absl::IsResourceExhausted(sessions_.Issue(grant).status()));
}

TEST_F(RoleSessionsTest, OutliveTheKeyThatSealedTheirs) {
  const IssuedSession issued = Issue();
  EXPECT_EQ(*ResealSessionKeys(*database_, envelope_), 0);
  wrapping_.current = "newer";
  EXPECT_EQ(*ResealSessionKeys(*database_, envelope_), 1);
  EXPECT_EQ(*ResealSessionKeys(*database_, envelope_), 0);
  const SessionKeys again = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  SessionTokens tokens(again, random_);
  RoleSessions sessions(tokens, *identities_, false, clock_);
  const auto found = sessions.Find(issued.credentials.access_key_id, issued.credentials.session_token);
  EXPECT_TRUE(std::holds_alternative<Credential>(found));
}

TEST_F(RoleSessionsTest, WriteNothingToTheDatabase) {
  const size_t before = database_->Scan("", "", 100)->size();
  Issue();
  EXPECT_EQ(database_->Scan("", "", 100)->size(), before);
}

TEST_F(RoleSessionsTest, AreGoodAfterARestart) {
  const IssuedSession issued = Issue();
  const SessionKeys keys = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  const SessionTokens tokens(keys, random_);
  EXPECT_TRUE(tokens.Open(issued.credentials.access_key_id, issued.credentials.session_token).has_value());
}

TEST_F(RoleSessionsTest, EndWhenTheirTimeIsOver) {
  const IssuedSession issued = Issue();
  clock_.Advance(std::chrono::seconds(3599));
  EXPECT_EQ(Refused(issued.credentials), "");
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(Refused(issued.credentials), "expired");
}

TEST_F(RoleSessionsTest, ServeOneAccessKeyIdOnly) {
  SigV4Credentials credentials = Issue().credentials;
  credentials.access_key_id = Issue().credentials.access_key_id;
  EXPECT_EQ(Refused(credentials), "invalid");
}

TEST_F(RoleSessionsTest, AreRefusedWithAnyChangedCharacter) {
  const SigV4Credentials credentials = Issue().credentials;
  for (size_t i = 0; i < credentials.session_token.size(); ++i) {
    SigV4Credentials changed = credentials;
    changed.session_token[i] = changed.session_token[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(Refused(changed), "invalid") << "at " << i;
  }
}

TEST_F(RoleSessionsTest, EndWhenTheirRoleIsDeleted) {
  const IssuedSession issued = Issue();
  ASSERT_TRUE(
      identities_->roles().Delete(kAccount, "worker", [](const records::Role&) { return absl::OkStatus(); }).ok());
  EXPECT_EQ(Refused(issued.credentials), "invalid");
}

TEST_F(RoleSessionsTest, EndWhenTheyAreRevoked) {
  const IssuedSession before = Issue();
  ASSERT_TRUE(sessions_.Revoke(kAccount, "worker").ok());
  EXPECT_EQ(Refused(before.credentials), "invalid");
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(Refused(Issue().credentials), "");
}

TEST_F(RoleSessionsTest, OfUnknownRolesAreIssuedOnlyWhereAllowed) {
  const SessionGrant grant{"arn:aws:iam::000000000000:role/nobody", "run"};
  EXPECT_TRUE(absl::IsNotFound(sessions_.Issue(grant).status()));
  const RoleSessions lenient(tokens_, *identities_, true, clock_);
  const absl::StatusOr<IssuedSession> issued = lenient.Issue(grant);
  ASSERT_TRUE(issued.ok());
  EXPECT_EQ(issued->principal_arn, "arn:aws:sts::000000000000:assumed-role/nobody/run");
  EXPECT_EQ(Refused(issued->credentials), "invalid");  // by a controller that does not allow them
  const auto found = lenient.Find(issued->credentials.access_key_id, issued->credentials.session_token);
  EXPECT_TRUE(std::holds_alternative<Credential>(found));
}

TEST_F(RoleSessionsTest, UseANewKeyAfterAMonthAndDropTheOldOneLater) {
  const std::string first = keys_.current();
  clock_.Advance(SessionKeys::kRenewAfter + std::chrono::hours(1));
  const SessionKeys second = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  EXPECT_NE(second.current(), first);
  EXPECT_NE(second.Find(first), nullptr);
  clock_.Advance(std::chrono::hours(14));
  const SessionKeys third = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  EXPECT_EQ(third.Find(first), nullptr);
  EXPECT_EQ(third.current(), second.current());
}

}  // namespace
}  // namespace hearth::controller
