#include "common/crypto.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

const std::string kKey(32, 'k');
const std::string kNonce(12, 'n');

TEST(CryptoTest, Sha256OfNothing) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(CryptoTest, AStreamHashesAsTheWhole) {
  Sha256Stream stream;
  stream.Update("a");
  stream.Update("");
  stream.Update("bc");
  EXPECT_EQ(HexEncode(stream.Finish()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// Source: RFC 4231, test cases 1, 2 and 6.
TEST(CryptoTest, HmacMatchesItsVectors) {
  EXPECT_EQ(HexEncode(HmacSha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HexEncode(HmacSha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(CryptoTest, HmacTakesAnEmptyKey) {
  EXPECT_EQ(HexEncode(HmacSha256("", "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(CryptoTest, HexGoesBothWays) {
  EXPECT_EQ(HexEncode(std::string("\x00\xff\x10", 3)), "00ff10");
  EXPECT_EQ(HexDecode("00Ff10"), std::string("\x00\xff\x10", 3));
  EXPECT_EQ(HexDecode("0"), std::nullopt);
  EXPECT_EQ(HexDecode("0g"), std::nullopt);
}

// Source: RFC 4648, section 10.
TEST(CryptoTest, Base64MatchesItsVectors) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(Base64Encode(plain), text);
    EXPECT_EQ(Base64Decode(text), plain);
  }
}

TEST(CryptoTest, Base64RefusesWhatItWouldNotWrite) {
  for (const char* text : {"Z", "Zg=", "Zg", "Zg==\n", "Z===", "====", "Zm8-", "Zh==", "Zm9=", "Zg==Zg=="}) {
    EXPECT_EQ(Base64Decode(text), std::nullopt) << text;
  }
}

TEST(CryptoTest, Base64KeepsEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(Base64Decode(Base64Encode(bytes)), bytes);
}

TEST(CryptoTest, SecretsAreEqualOnlyByteForByte) {
  EXPECT_TRUE(EqualSecrets("abc", "abc"));
  EXPECT_FALSE(EqualSecrets("abc", "abd"));
  EXPECT_FALSE(EqualSecrets("abc", "abcd"));
}

TEST(CryptoTest, WhatWasSealedOpens) {
  const std::string sealed = SealAesGcm(kKey, kNonce, "secret", "context");
  EXPECT_EQ(sealed.size(), 6u + 16u);
  EXPECT_EQ(OpenAesGcm(kKey, kNonce, sealed, "context").value(), "secret");
}

// Source: "The Galois/Counter Mode of Operation", test case 13.
TEST(CryptoTest, AesGcmMatchesItsVector) {
  const std::string zero_key(32, '\0');
  const std::string zero_nonce(12, '\0');
  EXPECT_EQ(HexEncode(SealAesGcm(zero_key, zero_nonce, "", "")), "530f8afbc74536b9a963b4f1c4cb738b");
}

TEST(CryptoTest, AnyChangeKeepsTheSealClosed) {
  const std::string sealed = SealAesGcm(kKey, kNonce, "secret", "context");
  for (size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_TRUE(absl::IsDataLoss(OpenAesGcm(kKey, kNonce, changed, "context").status()));
  }
  EXPECT_TRUE(absl::IsDataLoss(OpenAesGcm(kKey, kNonce, sealed, "another context").status()));
  EXPECT_TRUE(absl::IsDataLoss(OpenAesGcm(std::string(32, 'x'), kNonce, sealed, "context").status()));
  EXPECT_TRUE(absl::IsDataLoss(OpenAesGcm(kKey, kNonce, "short", "context").status()));
}

}  // namespace
}  // namespace hearth
