#include "common/ed25519.h"

#include <gtest/gtest.h>

#include "common/crypto.h"

namespace hearth {
namespace {

// RFC 8032, section 7.1, test 2.
const std::string kPrivate = *HexDecode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
const std::string kPublic = *HexDecode("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
constexpr char kMessage[] = "\x72";
constexpr char kSignature[] =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

TEST(Ed25519Test, SignsAsTheStandardSays) {
  EXPECT_EQ(Ed25519PublicKey(kPrivate), kPublic);
  EXPECT_EQ(HexEncode(Ed25519Sign(kPrivate, kMessage)), kSignature);
}

TEST(Ed25519Test, VerifiesWhatWasSigned) { EXPECT_TRUE(Ed25519Verify(kPublic, kMessage, *HexDecode(kSignature))); }

TEST(Ed25519Test, RefusesAnyChange) {
  const std::string signature = *HexDecode(kSignature);
  std::string other_key = kPublic, other_signature = signature;
  other_key[0] ^= 1;
  other_signature[5] ^= 1;
  EXPECT_FALSE(Ed25519Verify(kPublic, "\x73", signature));
  EXPECT_FALSE(Ed25519Verify(other_key, kMessage, signature));
  EXPECT_FALSE(Ed25519Verify(kPublic, kMessage, other_signature));
  EXPECT_FALSE(Ed25519Verify(kPublic, kMessage, signature.substr(1)));
  EXPECT_FALSE(Ed25519Verify("", kMessage, signature));
}

}  // namespace
}  // namespace hearth
