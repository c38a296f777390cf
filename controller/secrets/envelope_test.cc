#include "controller/secrets/envelope.h"

#include <gtest/gtest.h>

#include "common/crypto.h"

namespace hearth::controller {
namespace {

class OneKey final : public KeyProvider {
 public:
  std::string CurrentKeyId() const override { return current; }
  absl::StatusOr<WrappedKey> Wrap(std::string_view data_key, std::string_view context) override {
    return WrappedKey{current, SealAesGcm(kKey, kNonce, data_key, context)};
  }
  absl::StatusOr<std::string> Unwrap(const WrappedKey& wrapped, std::string_view context) const override {
    if (wrapped.key_id != "key-1" && wrapped.key_id != "key-2") return absl::NotFoundError("no such key");
    return OpenAesGcm(kKey, kNonce, wrapped.bytes, context);
  }

  std::string current = "key-1";

 private:
  const std::string kKey = std::string(32, 'k');
  const std::string kNonce = std::string(12, 'n');
};

class EnvelopeTest : public testing::Test {
 protected:
  OneKey keys_;
  SeededRandom random_{7};
  Envelope envelope_{keys_, random_};
  const SecretContext context_{"000000000000", "hello", "$LATEST", "environment"};
};

TEST_F(EnvelopeTest, OpensWhatItSealed) {
  const std::string record = *envelope_.Seal("top secret", context_);
  EXPECT_EQ(*envelope_.Open(record, context_), "top secret");
}

TEST_F(EnvelopeTest, KeepsThePlaintextOutOfTheRecord) {
  EXPECT_EQ(envelope_.Seal("top secret", context_)->find("top secret"), std::string::npos);
}

TEST_F(EnvelopeTest, SealsTheSameTextDifferentlyEachTime) {
  EXPECT_NE(*envelope_.Seal("x", context_), *envelope_.Seal("x", context_));
}

TEST_F(EnvelopeTest, RefusesARecordMovedToAnotherFunction) {
  const std::string record = *envelope_.Seal("top secret", context_);
  SecretContext other = context_;
  other.owner = "other";
  EXPECT_TRUE(absl::IsDataLoss(envelope_.Open(record, other).status()));
}

TEST_F(EnvelopeTest, RefusesARecordWithAnyBitChanged) {
  const std::string record = *envelope_.Seal("top secret", context_);
  for (size_t i = 0; i < record.size(); ++i) {
    std::string changed = record;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(envelope_.Open(changed, context_).ok()) << "byte " << i;
  }
}

TEST_F(EnvelopeTest, RefusesEveryTruncatedRecord) {
  const std::string record = *envelope_.Seal("top secret", context_);
  for (size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(envelope_.Open(record.substr(0, size), context_).ok()) << size << " bytes";
  }
}

TEST_F(EnvelopeTest, GivesBackTheVariablesOfAFunctionVersion) {
  records::FunctionVersion version;
  version.set_account("000000000000");
  version.set_name("hello");
  version.set_version("$LATEST");
  const EnvironmentVariables variables{{"COLOUR", "bl\"ue"}, {"EMPTY", ""}};
  version.set_sealed_environment(*SealEnvironment(envelope_, variables, version));
  EXPECT_EQ(*OpenEnvironment(envelope_, version), variables);
}

TEST_F(EnvelopeTest, SealsAnewOnlyWhatLiesUnderAnOldKey) {
  const std::string record = *envelope_.Seal("top secret", context_);
  EXPECT_EQ(*envelope_.Reseal(record, context_), std::nullopt);
  EXPECT_FALSE(envelope_.NeedsReseal(record));
  keys_.current = "key-2";
  EXPECT_TRUE(envelope_.NeedsReseal(record));
  const std::string again = **envelope_.Reseal(record, context_);
  EXPECT_EQ(*envelope_.Open(again, context_), "top secret");
  EXPECT_EQ(*envelope_.Reseal(again, context_), std::nullopt);
}

}  // namespace
}  // namespace hearth::controller
