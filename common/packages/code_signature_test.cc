#include "common/packages/code_signature.h"

#include <gtest/gtest.h>

#include "common/crypto.h"
#include "common/ed25519.h"

namespace hearth {
namespace {

constexpr char kProfile[] = "arn:aws:signer:eu-west-1:000000000000:/signing-profiles/ours/abcdef0123";
const std::string kKey(32, 'k');

// The smallest archive: an end record alone, with `comment`.
std::string Zip(const std::string& before = "entries", const std::string& comment = "") {
  std::string zip = before + std::string("PK\005\006", 4) + std::string(16, '\0');
  zip += static_cast<char>(comment.size());
  zip += '\0';
  return zip + comment;
}

CodeSignature Signed(const std::string& zip) { return ReadCodeSignature(zip).value().value(); }

TEST(CodeSignatureTest, VerifiesWithTheSignersKey) {
  const std::string zip = SignPackage(Zip(), kProfile, 0, kKey).value();
  EXPECT_EQ(Signed(zip).profile_version_arn, kProfile);
  EXPECT_EQ(Signed(zip).expires_seconds, 0);
  EXPECT_TRUE(Signed(zip).VerifiesWith(Ed25519PublicKey(kKey)));
  EXPECT_FALSE(Signed(zip).VerifiesWith(Ed25519PublicKey(std::string(32, 'x'))));
}

TEST(CodeSignatureTest, LeavesTheArchiveAsItWasButForItsComment) {
  const std::string zip = SignPackage(Zip(), kProfile, 0, kKey).value();
  EXPECT_EQ(zip.substr(0, Zip().size() - 2), Zip().substr(0, Zip().size() - 2));
}

TEST(CodeSignatureTest, ChangedBytesDoNotVerify) {
  std::string zip = SignPackage(Zip(), kProfile, 0, kKey).value();
  zip[2] ^= 1;
  EXPECT_FALSE(Signed(zip).VerifiesWith(Ed25519PublicKey(kKey)));
}

TEST(CodeSignatureTest, AnotherProfileOrExpiryDoesNotVerify) {
  const std::string zip = SignPackage(Zip(), kProfile, 4000000000, kKey).value();
  EXPECT_EQ(Signed(zip).expires_seconds, 4000000000);
  for (const auto& [from, to] : {std::pair{"ours", "evil"}, {"4000000000", "5000000000"}}) {
    std::string changed = zip;
    changed.replace(changed.find(from), std::string(from).size(), to);
    EXPECT_FALSE(Signed(changed).VerifiesWith(Ed25519PublicKey(kKey))) << to;
  }
}

TEST(CodeSignatureTest, IsReplacedByAnother) {
  const std::string once = SignPackage(Zip(), kProfile, 0, kKey).value();
  EXPECT_EQ(SignPackage(once, kProfile, 0, kKey).value(), once);
}

TEST(CodeSignatureTest, AnArchiveWithoutOneHasNone) {
  EXPECT_FALSE(ReadCodeSignature(Zip()).value());
  EXPECT_FALSE(ReadCodeSignature(Zip("entries", "some comment")).value());
  EXPECT_FALSE(ReadCodeSignature("no zip").value());
  EXPECT_FALSE(ReadCodeSignature("").value());
}

TEST(CodeSignatureTest, OneThatCannotBeReadIsSaidToBeThere) {
  EXPECT_FALSE(ReadCodeSignature(Zip("entries", "hearth-signature-1\nnonsense")).ok());
  EXPECT_FALSE(ReadCodeSignature(Zip("entries", "hearth-signature-1\nprofile arn:x\nexpires -4\nAAAA\n")).ok());
}

TEST(CodeSignatureTest, RefusesWhatCannotCarryIt) {
  EXPECT_FALSE(SignPackage("no zip", kProfile, 0, kKey).ok());
  EXPECT_FALSE(SignPackage(Zip("entries", "some comment"), kProfile, 0, kKey).ok());
  EXPECT_FALSE(SignPackage(Zip(), "no arn", 0, kKey).ok());
  EXPECT_FALSE(SignPackage(Zip(), kProfile, 0, "short").ok());
}

}  // namespace
}  // namespace hearth
