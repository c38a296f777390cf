#include "controller/auth/access_keys.h"

#include <gtest/gtest.h>

#include "common/crypto.h"
#include "controller/secrets/plain_keys_test_support.h"

namespace hearth::controller {
namespace {

class AccessKeysTest : public testing::Test {
 protected:
  Credential MakeRoot() { return *keys_.Create(RootIdentity("000000000000", "")); }
  Credential MakeUser(const std::string& name) {
    Identity user;
    user.kind = Identity::Kind::kUser;
    user.account = "000000000000";
    user.principal_arn = "arn:aws:iam::000000000000:user/team/" + name;
    user.principal_id = "AIDA" + name;
    return *keys_.Create(user);
  }
  // What another start of the program finds.
  CredentialPtr FindAfterRestart(const std::string& id) {
    Credentials credentials;
    AccessKeys keys(store_, envelope_, credentials, clock_, random_);
    EXPECT_TRUE(keys.Load().ok());
    return credentials.Find(id);
  }

  FakeClock clock_;
  SeededRandom random_{9};
  PlainKeys wrapping_;
  Envelope envelope_{wrapping_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  AccountStore store_{*database_};
  Credentials credentials_;
  AccessKeys keys_{store_, envelope_, credentials_, clock_, random_};
};

TEST_F(AccessKeysTest, AreFoundAfterARestart) {
  const Credential made = MakeRoot();
  EXPECT_EQ(FindAfterRestart(made.identity.access_key_id)->secret_access_key, made.secret_access_key);
  EXPECT_EQ(credentials_.FindRootOf("000000000000")->identity.access_key_id, made.identity.access_key_id);
}

TEST_F(AccessKeysTest, BelongToTheirUserAfterARestart) {
  const Credential made = MakeUser("ann");
  const CredentialPtr found = FindAfterRestart(made.identity.access_key_id);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->identity.kind, Identity::Kind::kUser);
  EXPECT_EQ(found->identity.principal_arn, "arn:aws:iam::000000000000:user/team/ann");
  EXPECT_EQ(found->identity.principal_id, "AIDAann");
  EXPECT_EQ(credentials_.FindRootOf("000000000000"), nullptr);
}

TEST_F(AccessKeysTest, KeepTheirSecretOutOfTheDatabase) {
  const Credential made = MakeRoot();
  const std::vector<KeyValue> pairs = *database_->Scan("", "", 100);
  for (const KeyValue& pair : pairs) EXPECT_EQ(pair.value.find(made.secret_access_key), std::string::npos);
}

TEST_F(AccessKeysTest, StopWorkingWithTheAnswer) {
  const std::string id = MakeRoot().identity.access_key_id;
  ASSERT_TRUE(keys_.SetActive(id, false).ok());
  EXPECT_EQ(credentials_.Find(id), nullptr);
  EXPECT_EQ(FindAfterRestart(id), nullptr);
  ASSERT_TRUE(keys_.SetActive(id, true).ok());
  EXPECT_NE(credentials_.Find(id), nullptr);
  EXPECT_NE(FindAfterRestart(id), nullptr);
}

TEST_F(AccessKeysTest, AreGoneWhenDeleted) {
  const std::string id = MakeRoot().identity.access_key_id;
  ASSERT_TRUE(keys_.Delete(id).ok());
  EXPECT_EQ(keys_.Find(id), nullptr);
  EXPECT_EQ(FindAfterRestart(id), nullptr);
  EXPECT_TRUE(absl::IsNotFound(keys_.Delete(id)));
}

TEST_F(AccessKeysTest, AreListedByTheirOwner) {
  const std::string first = MakeUser("ann").identity.access_key_id;
  clock_.Advance(std::chrono::seconds(1));
  const std::string second = MakeUser("ann").identity.access_key_id;
  MakeUser("bob");
  const std::vector<Credential> keys = keys_.ListOf("AIDAann");
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].identity.access_key_id, first);
  EXPECT_EQ(keys[1].identity.access_key_id, second);
}

TEST_F(AccessKeysTest, LookLikeThoseOfAws) {
  const Credential made = MakeRoot();
  EXPECT_TRUE(made.identity.access_key_id.starts_with("AKIA"));
  EXPECT_EQ(made.identity.access_key_id.size(), 20u);
  EXPECT_EQ(made.secret_access_key.size(), 40u);
}

}  // namespace
}  // namespace hearth::controller
