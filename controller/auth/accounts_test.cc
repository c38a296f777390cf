#include "controller/auth/accounts.h"

#include <gtest/gtest.h>

#include "controller/secrets/plain_keys_test_support.h"

namespace hearth::controller {
namespace {

class AccountsTest : public testing::Test {
 protected:
  FakeClock clock_;
  SeededRandom random_{7};
  PlainKeys wrapping_;
  Envelope envelope_{wrapping_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  AccountStore store_{*database_};
  Credentials credentials_;
  AccessKeys keys_{store_, envelope_, credentials_, clock_, random_};
  std::unique_ptr<IdentityStore> identities_ = *IdentityStore::Open(*database_);
  Accounts accounts_{store_, keys_, credentials_, *identities_, clock_, random_};
};

TEST_F(AccountsTest, MakesARootKeyThatWorksAtOnce) {
  const absl::StatusOr<Credential> made = accounts_.Create("111111111111");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->identity.principal_arn, "arn:aws:iam::111111111111:root");
  EXPECT_EQ(credentials_.Find(made->identity.access_key_id)->secret_access_key, made->secret_access_key);
}

TEST_F(AccountsTest, MakesARoleForItsFunctions) {
  ASSERT_TRUE(accounts_.Create("111111111111").ok());
  const RolePtr role = identities_->roles().Find("111111111111", Accounts::kFirstRole);
  ASSERT_NE(role, nullptr);
  EXPECT_EQ(role->attached_policies_size(), 1);
}

TEST_F(AccountsTest, DrawsTwelveDigitsWhenNoneAreGiven) {
  EXPECT_TRUE(IsAccountNumber(accounts_.Create(std::nullopt)->identity.account));
}

TEST_F(AccountsTest, RefusesANumberThatIsTaken) {
  ASSERT_TRUE(accounts_.Create("111111111111").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(accounts_.Create("111111111111").status()));
  EXPECT_EQ(accounts_.List()->size(), 1u);
}

TEST_F(AccountsTest, RefusesWhatIsNotTwelveDigits) {
  for (const char* id : {"", "1", "12345678901a", "1234567890123"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(accounts_.Create(id).status())) << id;
  }
}

TEST_F(AccountsTest, EnsuresAnAccountOnce) {
  const std::string first = accounts_.Ensure("000000000000")->identity.access_key_id;
  EXPECT_EQ(accounts_.Ensure("000000000000")->identity.access_key_id, first);
}

}  // namespace
}  // namespace hearth::controller
