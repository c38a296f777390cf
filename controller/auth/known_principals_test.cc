#include "controller/auth/known_principals.h"

#include <gtest/gtest.h>

#include "controller/secrets/plain_keys_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "000000000000";

class KnownPrincipalsTest : public testing::Test {
 protected:
  KnownPrincipalsTest() {
    records::User user;
    user.set_account(kAccount);
    user.set_name("ann");
    user.set_path("/team/");
    EXPECT_TRUE(identities_->users().Create(user, 10).ok());
    records::Role role;
    role.set_account(kAccount);
    role.set_name("worker");
    role.set_path("/");
    EXPECT_TRUE(identities_->roles().Create(role, 10).ok());
  }
  bool MayName(const std::string& principal) const { return principals_.MayName(kAccount, principal); }

  FakeClock clock_;
  SeededRandom random_{4};
  PlainKeys wrapping_;
  Envelope envelope_{wrapping_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  std::unique_ptr<IdentityStore> identities_ = *IdentityStore::Open(*database_);
  SessionKeys keys_ = *SessionKeys::Open(*database_, envelope_, clock_, random_);
  SessionTokens tokens_{keys_, random_};
  RoleSessions sessions_{tokens_, *identities_, false, clock_};
  KnownPrincipals principals_{*identities_, sessions_};
};

TEST_F(KnownPrincipalsTest, MissThoseOfTheirAccountThatAreNotThere) {
  EXPECT_TRUE(MayName("arn:aws:iam::000000000000:user/team/ann"));
  EXPECT_FALSE(MayName("arn:aws:iam::000000000000:user/ann"));  // she is at another path
  EXPECT_FALSE(MayName("arn:aws:iam::000000000000:user/bob"));
  EXPECT_TRUE(MayName("arn:aws:iam::000000000000:role/worker"));
  EXPECT_FALSE(MayName("arn:aws:iam::000000000000:role/absent"));
  EXPECT_TRUE(MayName("arn:aws:sts::000000000000:assumed-role/worker/any"));
  EXPECT_FALSE(MayName("arn:aws:sts::000000000000:assumed-role/absent/any"));
}

TEST_F(KnownPrincipalsTest, LeaveOtherAccountsAndServicesToThemselves) {
  for (const char* principal : {"arn:aws:iam::111111111111:user/bob", "111111111111", "000000000000", "*",
                                "arn:aws:iam::000000000000:root", "s3.amazonaws.com"}) {
    EXPECT_TRUE(MayName(principal)) << principal;
  }
}

TEST_F(KnownPrincipalsTest, KnowEveryRoleWhereUnknownOnesAreAllowed) {
  const RoleSessions open(tokens_, *identities_, true, clock_);
  EXPECT_TRUE(KnownPrincipals(*identities_, open).MayName(kAccount, "arn:aws:iam::000000000000:role/absent"));
}

}  // namespace
}  // namespace hearth::controller
