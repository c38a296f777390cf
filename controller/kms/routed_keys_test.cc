#include "controller/kms/routed_keys.h"

#include <gtest/gtest.h>

#include "controller/kms/kms_test_support.h"

namespace hearth::controller {
namespace {

class RoutedKeysTest : public KmsTest {
 protected:
  RoutedKeys routed_{provider_, keys_};
  Envelope functions_{routed_, random_};
  const SecretContext context_{"000000000000", "hello", "$LATEST", "environment"};
};

TEST_F(RoutedKeysTest, SealUnderTheKeyThatIsNamed) {
  const std::string arn = KmsKeyArn(*keys_.Create(scope_, {}));
  const std::string record = *functions_.Seal("text", context_, arn);
  EXPECT_NE(record.find(arn), std::string::npos);
  EXPECT_EQ(*functions_.Open(record, context_), "text");
}

TEST_F(RoutedKeysTest, SealUnderTheInstallationsKeyWhenNoneIsNamed) {
  const std::string record = *functions_.Seal("text", context_);
  EXPECT_EQ(*envelope_.Open(record, context_), "text");
}

TEST_F(RoutedKeysTest, OpenNothingWhileTheKeyIsDisabled) {
  const records::KmsKey key = *keys_.Create(scope_, {});
  const std::string record = *functions_.Seal("text", context_, KmsKeyArn(key));
  ASSERT_TRUE(keys_
                  .Update(scope_, key.id(),
                          [](records::KmsKey& changed) {
                            changed.set_state(records::KmsKey::DISABLED);
                            return absl::OkStatus();
                          })
                  .ok());
  EXPECT_EQ(KeyProblemOf(functions_.Open(record, context_).status()), KeyProblem::kDisabled);
  EXPECT_EQ(KeyProblemOf(functions_.Seal("text", context_, KmsKeyArn(key)).status()), KeyProblem::kDisabled);
}

TEST_F(RoutedKeysTest, RefuseARecordMovedToAnotherFunction) {
  const std::string record = *functions_.Seal("text", context_, KmsKeyArn(*keys_.Create(scope_, {})));
  SecretContext other = context_;
  other.owner = "other";
  EXPECT_FALSE(functions_.Open(record, other).ok());
}

TEST_F(RoutedKeysTest, GoOnOpeningWhenTheInstallationsKeysAreRotated) {
  const std::string record = *functions_.Seal("text", context_, KmsKeyArn(*keys_.Create(scope_, {})));
  provider_.current = "new";
  EXPECT_EQ(*functions_.Reseal(record, context_), std::nullopt);
  EXPECT_EQ(*keys_.Reseal(), 1);
  EXPECT_EQ(*keys_.Reseal(), 0);
  provider_.retired = "old";
  EXPECT_EQ(*functions_.Open(record, context_), "text");
}

}  // namespace
}  // namespace hearth::controller
