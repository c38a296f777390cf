#include "controller/kms/kms_keys.h"

#include <gtest/gtest.h>

#include "controller/kms/kms_test_support.h"

namespace hearth::controller {
namespace {

using records::KmsKey;

class KmsKeysTest : public KmsTest {
 protected:
  KmsKey Make() { return *keys_.Create(scope_, {}); }
  void SetState(const KmsKey& key, KmsKey::State state) {
    ASSERT_TRUE(keys_
                    .Update(scope_, key.id(),
                            [&](KmsKey& changed) {
                              changed.set_state(state);
                              return absl::OkStatus();
                            })
                    .ok());
  }
  std::optional<KeyProblem> ProblemOfUse(const KmsKey& key) {
    return KeyProblemOf(keys_.FindUsable(scope_, key.id()).status());
  }
};

TEST_F(KmsKeysTest, AreFoundByIdArnAndAlias) {
  const KmsKey key = Make();
  ASSERT_TRUE(keys_.CreateAlias(scope_, "alias/mine/of all", key.id()).ok());
  for (const std::string& name :
       {key.id(), KmsKeyArn(key), std::string("alias/mine/of all"), KmsAliasArn(scope_, "alias/mine/of all")}) {
    EXPECT_EQ(keys_.Find(scope_, name)->id(), key.id()) << name;
  }
}

TEST_F(KmsKeysTest, NameWhatIsNotThere) {
  const absl::Status key = keys_.Find(scope_, "no-such-key").status();
  EXPECT_EQ(KeyProblemOf(key), KeyProblem::kNotFound);
  EXPECT_EQ(key.message(), "Key 'arn:aws:kms:eu-west-1:000000000000:key/no-such-key' does not exist");
  EXPECT_EQ(keys_.Find(scope_, "alias/x").status().message(),
            "Alias arn:aws:kms:eu-west-1:000000000000:alias/x is not found.");
}

TEST_F(KmsKeysTest, OfAnotherAccountAreDenied) {
  const KmsKey key = Make();
  const KmsScope other{"eu-west-1", "111111111111"};
  EXPECT_EQ(KeyProblemOf(keys_.Find(other, KmsKeyArn(key)).status()), KeyProblem::kAccessDenied);
  EXPECT_EQ(KeyProblemOf(keys_.Find(other, key.id()).status()), KeyProblem::kNotFound);
}

TEST_F(KmsKeysTest, AreUsedOnlyWhileEnabled) {
  const KmsKey key = Make();
  EXPECT_EQ(ProblemOfUse(key), std::nullopt);
  SetState(key, KmsKey::DISABLED);
  EXPECT_EQ(ProblemOfUse(key), KeyProblem::kDisabled);
  ASSERT_TRUE(keys_
                  .Update(scope_, key.id(),
                          [&](KmsKey& changed) {
                            changed.set_state(KmsKey::PENDING_DELETION);
                            changed.set_deletion_ms(UnixMillis(clock_.Wall()) + 1000);
                            return absl::OkStatus();
                          })
                  .ok());
  EXPECT_EQ(ProblemOfUse(key), KeyProblem::kInvalidState);
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(ProblemOfUse(key), KeyProblem::kNotFound);
}

TEST_F(KmsKeysTest, DecryptWhatTheyEncryptedInTheSameContextOnly) {
  const KmsKey key = Make();
  const std::string ciphertext = *keys_.Encrypt(key, "text", {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(keys_.Decrypt(scope_, ciphertext, {{"b", "2"}, {"a", "1"}})->plaintext, "text");
  EXPECT_TRUE(absl::IsDataLoss(keys_.Decrypt(scope_, ciphertext, {}).status()));
  EXPECT_TRUE(absl::IsDataLoss(keys_.Decrypt(scope_, ciphertext, {{"a", "12"}, {"b", ""}}).status()));
}

TEST_F(KmsKeysTest, RefuseACiphertextWithAnyBitChanged) {
  const std::string ciphertext = *keys_.Encrypt(Make(), "text", {});
  for (size_t i = 0; i < ciphertext.size(); ++i) {
    std::string changed = ciphertext;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(keys_.Decrypt(scope_, changed, {}).ok()) << "byte " << i;
  }
}

TEST_F(KmsKeysTest, DecryptAfterARotationWhatTheyEncryptedBefore) {
  const KmsKey key = Make();
  const std::string before = *keys_.Encrypt(key, "before", {});
  ASSERT_TRUE(keys_.Rotate(scope_, key.id()).ok());
  const KmsKey rotated = *keys_.Find(scope_, key.id());
  EXPECT_EQ(rotated.material_size(), 2);
  EXPECT_EQ(keys_.Decrypt(scope_, before, {})->plaintext, "before");
  EXPECT_EQ(keys_.Decrypt(scope_, *keys_.Encrypt(rotated, "after", {}), {})->plaintext, "after");
}

TEST_F(KmsKeysTest, AreSweptWithTheirAliasesWhenTheirTimeHasCome) {
  const KmsKey doomed = Make();
  const KmsKey other = Make();
  ASSERT_TRUE(keys_.CreateAlias(scope_, "alias/doomed", doomed.id()).ok());
  ASSERT_TRUE(keys_.CreateAlias(scope_, "alias/other", other.id()).ok());
  ASSERT_TRUE(keys_
                  .Update(scope_, doomed.id(),
                          [&](KmsKey& key) {
                            key.set_state(KmsKey::PENDING_DELETION);
                            key.set_deletion_ms(UnixMillis(clock_.Wall()) + 1000);
                            return absl::OkStatus();
                          })
                  .ok());
  ASSERT_TRUE(keys_.Sweep().ok());
  EXPECT_EQ(keys_.List(scope_.account, "", 10)->size(), 2u);
  clock_.Advance(std::chrono::seconds(2));
  ASSERT_TRUE(keys_.Sweep().ok());
  EXPECT_EQ(keys_.List(scope_.account, "", 10)->size(), 1u);
  ASSERT_EQ(keys_.ListAliases(scope_.account, "", 10)->size(), 1u);
  EXPECT_EQ(keys_.ListAliases(scope_.account, "", 10)->front().name(), "alias/other");
}

TEST_F(KmsKeysTest, AreRotatedWhenTheyAreDue) {
  const KmsKey key = Make();
  ASSERT_TRUE(keys_
                  .Update(scope_, key.id(),
                          [&](KmsKey& changed) {
                            changed.set_rotation_period_days(90);
                            changed.set_next_rotation_ms(UnixMillis(clock_.Wall()) + 1000);
                            return absl::OkStatus();
                          })
                  .ok());
  ASSERT_TRUE(keys_.Sweep().ok());
  EXPECT_EQ(keys_.Find(scope_, key.id())->material_size(), 1);
  clock_.Advance(std::chrono::seconds(2));
  ASSERT_TRUE(keys_.Sweep().ok());
  ASSERT_TRUE(keys_.Sweep().ok());
  EXPECT_EQ(keys_.Find(scope_, key.id())->material_size(), 2);
}

TEST_F(KmsKeysTest, KeepTheirMaterialSealed) {
  const KmsKey key = Make();
  EXPECT_TRUE(key.material(0).sealed().starts_with("HSE1"));
}

TEST_F(KmsKeysTest, AliasesAreUniqueAndCanBeMoved) {
  const KmsKey one = Make();
  const KmsKey two = Make();
  ASSERT_TRUE(keys_.CreateAlias(scope_, "alias/a", one.id()).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(keys_.CreateAlias(scope_, "alias/a", two.id())));
  ASSERT_TRUE(keys_.UpdateAlias(scope_, "alias/a", two.id()).ok());
  EXPECT_EQ(keys_.Find(scope_, "alias/a")->id(), two.id());
  ASSERT_TRUE(keys_.DeleteAlias(scope_, "alias/a").ok());
  EXPECT_EQ(KeyProblemOf(keys_.DeleteAlias(scope_, "alias/a")), KeyProblem::kNotFound);
}

}  // namespace
}  // namespace hearth::controller
