#include "controller/auth/credentials.h"

#include <gtest/gtest.h>

#include "common/crypto.h"

namespace hearth::controller {
namespace {

class PlainKeys final : public KeyProvider {
 public:
  std::string CurrentKeyId() const override { return "k"; }
  absl::StatusOr<WrappedKey> Wrap(std::string_view data_key, std::string_view) override {
    return WrappedKey{"k", std::string(data_key)};
  }
  absl::StatusOr<std::string> Unwrap(const WrappedKey& wrapped, std::string_view) const override {
    return wrapped.bytes;
  }
};

class CredentialsTest : public testing::Test {
 protected:
  FakeClock clock_;
  SeededRandom random_{9};
  PlainKeys keys_;
  Envelope envelope_{keys_, random_};
  std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  AccountStore accounts_{*database_};
};

TEST_F(CredentialsTest, FindsAfterARestartTheKeyItMade) {
  const Credential made = *CreateRootKey("000000000000", accounts_, envelope_, random_, clock_);
  Credentials credentials;
  ASSERT_TRUE(credentials.Load(accounts_, envelope_).ok());
  EXPECT_EQ(credentials.Find(made.identity.access_key_id)->secret_access_key, made.secret_access_key);
  EXPECT_EQ(credentials.FindRootOf("000000000000")->identity.access_key_id, made.identity.access_key_id);
}

TEST_F(CredentialsTest, KeepsTheSecretOutOfTheDatabase) {
  const Credential made = *CreateRootKey("000000000000", accounts_, envelope_, random_, clock_);
  const std::vector<KeyValue> pairs = *database_->Scan("", "", 100);
  for (const KeyValue& pair : pairs) EXPECT_EQ(pair.value.find(made.secret_access_key), std::string::npos);
}

TEST_F(CredentialsTest, DoesNotFindAnInactiveKey) {
  const Credential made = *CreateRootKey("000000000000", accounts_, envelope_, random_, clock_);
  records::AccessKey record = accounts_.ListAccessKeys()->front();
  record.set_active(false);
  ASSERT_TRUE(accounts_.PutAccessKey(record).ok());
  Credentials credentials;
  ASSERT_TRUE(credentials.Load(accounts_, envelope_).ok());
  EXPECT_FALSE(credentials.Find(made.identity.access_key_id).has_value());
}

TEST_F(CredentialsTest, LooksLikeAnAwsAccessKey) {
  const Credential made = *CreateRootKey("000000000000", accounts_, envelope_, random_, clock_);
  EXPECT_TRUE(made.identity.access_key_id.starts_with("AKIA"));
  EXPECT_EQ(made.identity.access_key_id.size(), 20u);
  EXPECT_EQ(made.secret_access_key.size(), 40u);
}

}  // namespace
}  // namespace hearth::controller
