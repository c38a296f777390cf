#include "controller/auth/signing_keys.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

const SigV4Scope kScope{"20260131", "eu-west-1", "lambda"};

SigV4Scope OfDay(size_t day) { return {std::to_string(day), "eu-west-1", "lambda"}; }

TEST(SigningKeysTest, AreThoseOfTheSecretAndTheScope) {
  SigningKeys keys;
  EXPECT_EQ(keys.Get("AKIA1", "one", kScope), SigV4SigningKey("one", kScope));
  EXPECT_EQ(keys.Get("AKIA2", "two", kScope), SigV4SigningKey("two", kScope));
  EXPECT_EQ(keys.Get("AKIA1", "one", OfDay(1)), SigV4SigningKey("one", OfDay(1)));
  EXPECT_EQ(keys.size(), 3u);
}

TEST(SigningKeysTest, AreDerivedOnce) {
  SigningKeys keys;
  keys.Get("AKIA1", "one", kScope);
  EXPECT_EQ(keys.Get("AKIA1", "not asked for", kScope), SigV4SigningKey("one", kScope));
  EXPECT_EQ(keys.size(), 1u);
}

TEST(SigningKeysTest, AreForgottenWithTheirAccessKeyAndNoOther) {
  SigningKeys keys;
  keys.Get("AKIA1", "one", kScope);
  keys.Get("AKIA1", "one", OfDay(1));
  keys.Get("AKIA2", "two", kScope);
  keys.Forget("AKIA1");
  keys.Forget("AKIA3");
  EXPECT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys.Get("AKIA1", "new", kScope), SigV4SigningKey("new", kScope));
}

TEST(SigningKeysTest, NeverBecomeMoreThanTheirBound) {
  SigningKeys keys;
  for (size_t day = 0; day < SigningKeys::kMaxKeys; ++day) keys.Get("AKIA1", "one", OfDay(day));
  EXPECT_EQ(keys.size(), SigningKeys::kMaxKeys);
  keys.Get("AKIA1", "one", kScope);
  EXPECT_EQ(keys.size(), 1u);
}

}  // namespace
}  // namespace hearth::controller
