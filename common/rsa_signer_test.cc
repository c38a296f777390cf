#include "common/rsa_signer.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(RsaSignerTest, SignsEveryMessageWithEveryKeyAndDigestDifferently) {
  const std::string key = NewRsaPrivateKey();
  const std::optional<std::string> signature = RsaSign(key, RsaDigest::kSha256, "hello");
  ASSERT_TRUE(signature);
  EXPECT_EQ(signature->size(), 256u);
  EXPECT_EQ(RsaSign(key, RsaDigest::kSha256, "hello"), signature);
  EXPECT_NE(RsaSign(key, RsaDigest::kSha256, "hullo"), signature);
  EXPECT_NE(RsaSign(key, RsaDigest::kSha1, "hello"), signature);
  EXPECT_NE(RsaSign(NewRsaPrivateKey(), RsaDigest::kSha256, "hello"), signature);
}

TEST(RsaSignerTest, CertifiesItsKey) {
  const CertificateSubject subject{"hearth", 7, 1'700'000'000, 1'800'000'000};
  const std::optional<std::string> certificate = SelfSignedCertificate(NewRsaPrivateKey(), subject);
  ASSERT_TRUE(certificate);
  EXPECT_TRUE(certificate->starts_with("-----BEGIN CERTIFICATE-----\n"));
  EXPECT_TRUE(certificate->ends_with("-----END CERTIFICATE-----\n"));
}

TEST(RsaSignerTest, TakesNoOtherBytesForAKey) {
  EXPECT_FALSE(RsaSign("no key", RsaDigest::kSha1, "hello"));
  EXPECT_FALSE(SelfSignedCertificate("no key", {}));
}

}  // namespace
}  // namespace hearth
