#include "controller/kms/kms_grants.h"

#include <gtest/gtest.h>

#include "controller/kms/kms_test_support.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

class KmsGrantsTest : public KmsTest {
 protected:
  std::unique_ptr<KmsGrants> Open() { return *KmsGrants::Open(*database_, clock_, random_); }
  static records::KmsGrant GrantTo(const std::string& grantee) {
    records::KmsGrant grant;
    grant.set_grantee(grantee);
    grant.add_operations("Encrypt");
    return grant;
  }

  const records::KmsKey key_ = *keys_.Create(scope_, {});
};

TEST_F(KmsGrantsTest, AreThereAfterARestart) {
  std::unique_ptr<KmsGrants> grants = Open();
  const KmsGrantPtr made = *grants->Create(key_, GrantTo("arn:a"));
  ASSERT_TRUE(grants->PutPolicy(key_, "{}").ok());
  grants = Open();
  EXPECT_EQ(grants->List(key_).size(), 1u);
  EXPECT_EQ(grants->Find(key_.account(), key_.id(), made->id())->grantee(), "arn:a");
  EXPECT_EQ(grants->PolicyOf(key_), "{}");
}

TEST_F(KmsGrantsTest, GoWhenTheyAreDeleted) {
  std::unique_ptr<KmsGrants> grants = Open();
  const KmsGrantPtr made = *grants->Create(key_, GrantTo("arn:a"));
  EXPECT_TRUE(grants->Delete(*made).ok());
  EXPECT_TRUE(absl::IsNotFound(grants->Delete(*made)));
  EXPECT_TRUE(Open()->List(key_).empty());
}

TEST_F(KmsGrantsTest, AreBoundedForEachKey) {
  std::unique_ptr<KmsGrants> grants = Open();
  for (size_t i = 0; i < KmsGrants::kMaxGrantsOfKey; ++i) ASSERT_TRUE(grants->Create(key_, GrantTo("arn:a")).ok());
  EXPECT_TRUE(absl::IsOutOfRange(grants->Create(key_, GrantTo("arn:a")).status()));
  EXPECT_TRUE(grants->Create(*keys_.Create(scope_, {}), GrantTo("arn:a")).ok());
}

TEST_F(KmsGrantsTest, GoWithTheirKey) {
  std::unique_ptr<KmsGrants> grants = Open();
  keys_.SetOnDeleted([&](const records::KmsKey& key) { grants->Forget(key); });
  ASSERT_TRUE(grants->Create(key_, GrantTo("arn:a")).ok());
  ASSERT_TRUE(grants->PutPolicy(key_, "{}").ok());
  ASSERT_TRUE(keys_
                  .Update(scope_, key_.id(),
                          [this](records::KmsKey& key) {
                            key.set_state(records::KmsKey::PENDING_DELETION);
                            key.set_deletion_ms(UnixMillis(clock_.Wall()));
                            return absl::OkStatus();
                          })
                  .ok());
  ASSERT_TRUE(keys_.Sweep().ok());
  EXPECT_TRUE(grants->List(key_).empty());
  EXPECT_TRUE(database_->Scan(kKmsGrantPrefix, "", 10)->empty());
  EXPECT_TRUE(database_->Scan(kKmsPolicyPrefix, "", 10)->empty());
}

TEST_F(KmsGrantsTest, OfOneKeyAreNotThoseOfAnother) {
  const std::unique_ptr<KmsGrants> grants = Open();
  const records::KmsKey other = *keys_.Create(scope_, {});
  ASSERT_TRUE(grants->Create(key_, GrantTo("arn:a")).ok());
  EXPECT_TRUE(grants->List(other).empty());
  EXPECT_EQ(grants->ListOfAccount(scope_.account).size(), 1u);
  EXPECT_TRUE(grants->ListOfAccount("111111111111").empty());
}

}  // namespace
}  // namespace hearth::controller
