#include "controller/artifacts/signing_profiles.h"

#include <gtest/gtest.h>

#include "common/crypto.h"
#include "common/ed25519.h"
#include "common/packages/code_signature.h"

namespace hearth::controller {
namespace {

constexpr char kOurs[] = "arn:aws:signer:eu-west-1:000000000000:/signing-profiles/ours/abcdef0123";
constexpr char kTheirs[] = "arn:aws:signer:eu-west-1:000000000000:/signing-profiles/theirs/abcdef0123";
constexpr int64_t kNow = 2000000000;
const std::string kKey(32, 'k');
using Kind = SignatureVerdict::Kind;

std::string Line(const std::string& arn) { return arn + " " + Base64Encode(Ed25519PublicKey(kKey)) + "\n"; }

std::string Zip() { return "entries" + std::string("PK\005\006", 4) + std::string(18, '\0'); }

Kind Judge(const std::string& zip) {
  const SigningProfiles profiles = SigningProfiles::Parse(Line(kOurs)).value();
  return JudgeSignature(zip, profiles, kNow).kind;
}

TEST(SigningProfilesTest, ReadsAKeyPerLine) {
  const SigningProfiles profiles = SigningProfiles::Parse("# publishers\n\n" + Line(kOurs) + Line(kTheirs)).value();
  ASSERT_NE(profiles.PublicKeyOf(kTheirs), nullptr);
  EXPECT_EQ(*profiles.PublicKeyOf(kOurs), Ed25519PublicKey(kKey));
  EXPECT_EQ(profiles.PublicKeyOf("arn:other"), nullptr);
}

TEST(SigningProfilesTest, NamesTheLineThatIsWrong) {
  for (const std::string& text : {std::string("arn:x"), std::string("arn:x AAAA"), "x" + Line(kOurs)}) {
    const absl::Status status = SigningProfiles::Parse("\n" + text).status();
    EXPECT_NE(status.message().find("line 2"), std::string::npos) << text;
  }
  EXPECT_FALSE(SigningProfiles::Parse(Line(kOurs) + Line(kOurs)).ok());
}

TEST(SigningProfilesTest, WithoutAFileNobodyIsKnown) {
  EXPECT_EQ(SigningProfiles::Load("")->PublicKeyOf(kOurs), nullptr);
  EXPECT_TRUE(absl::IsNotFound(SigningProfiles::Load("/nowhere/profiles").status()));
}

TEST(SigningProfilesTest, TrustsWhatAKnownProfileSigned) {
  EXPECT_EQ(Judge(SignPackage(Zip(), kOurs, 0, kKey).value()), Kind::kTrusted);
  EXPECT_EQ(Judge(SignPackage(Zip(), kOurs, kNow + 1, kKey).value()), Kind::kTrusted);
}

TEST(SigningProfilesTest, DoesNotTrustTheUnsignedTheUnknownAndTheExpired) {
  EXPECT_EQ(Judge(Zip()), Kind::kUntrusted);
  EXPECT_EQ(Judge(SignPackage(Zip(), kTheirs, 0, kKey).value()), Kind::kUntrusted);
  EXPECT_EQ(Judge(SignPackage(Zip(), kOurs, kNow, kKey).value()), Kind::kUntrusted);
}

TEST(SigningProfilesTest, SaysThatAChangedPackageIsBroken) {
  std::string changed = SignPackage(Zip(), kOurs, 0, kKey).value();
  changed[0] ^= 1;
  EXPECT_EQ(Judge(changed), Kind::kBroken);
  EXPECT_EQ(Judge(SignPackage(Zip(), kOurs, 0, std::string(32, 'x')).value()), Kind::kBroken);
}

}  // namespace
}  // namespace hearth::controller
