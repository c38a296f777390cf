#include "common/jws.h"

#include "common/crypto.h"
#include "gtest/gtest.h"

namespace hearth {
namespace {

TEST(JwsTest, WritesBase64UrlWithoutPadding) {
  EXPECT_EQ(Base64UrlEncode("\xfb\xff\xfe?"), "-__-Pw");
  EXPECT_EQ(Base64UrlDecode("-__-Pw"), "\xfb\xff\xfe?");
}

TEST(JwsTest, ReadsNoOtherBase64) {
  EXPECT_EQ(Base64UrlDecode("+//+Pw"), std::nullopt);
  EXPECT_EQ(Base64UrlDecode("-__-Pw=="), std::nullopt);
}

TEST(JwsTest, VerifiesWhatItSigned) {
  const std::string key = NewP256PrivateKey();
  const std::string signature = Es256Sign(key, "message");
  EXPECT_EQ(signature.size(), 64u);
  EXPECT_TRUE(Es256Verify(*P256PublicKeyOf(key), "message", signature));
}

TEST(JwsTest, RefusesAnotherMessageKeyOrSignature) {
  const std::string key = NewP256PrivateKey();
  std::string signature = Es256Sign(key, "message");
  EXPECT_FALSE(Es256Verify(*P256PublicKeyOf(key), "messagf", signature));
  EXPECT_FALSE(Es256Verify(*P256PublicKeyOf(NewP256PrivateKey()), "message", signature));
  signature[10] = static_cast<char>(signature[10] ^ 1);
  EXPECT_FALSE(Es256Verify(*P256PublicKeyOf(key), "message", signature));
  EXPECT_FALSE(Es256Verify(*P256PublicKeyOf(key), "message", std::string(64, '\0')));
}

TEST(JwsTest, RefusesAPointThatIsNotOnTheCurve) {
  EXPECT_FALSE(Es256Verify({std::string(32, 'x'), std::string(32, 'y')}, "message", std::string(64, '\1')));
}

// RFC 7515, appendix A.3: a key and a signature somebody else made.
TEST(JwsTest, VerifiesTheExampleOfTheSpecification) {
  const P256PublicKey key{*Base64UrlDecode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                          *Base64UrlDecode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")};
  EXPECT_TRUE(
      Es256Verify(key,
                  "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
                  "bS9pc19yb290Ijp0cnVlfQ",
                  *Base64UrlDecode("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3"
                                   "-Kg6NU1Q")));
}

// Made with "openssl genrsa" and "openssl dgst -sha256 -sign".
TEST(JwsTest, VerifiesAnRsaSignatureMadeElsewhere) {
  const std::string modulus = *Base64UrlDecode(
      "vOYCg5BdGIVZyK-MewIo4xu94sNYvHLIy-JQc1DcyMAdt10ECG1N3oGly2E7S8_xr4d6oUn9-EXHd4ZHm5nP5bEfXU5OLspCUGeLMDW9Pe0Y"
      "Dlt6IgS8ggFsUulAt6CRHKzPvLfHZ7j0nzwCEXW9oSjUJBsG9WU-p-k3V5PeXg1tEkWL1xsx5H_0HxTeWDgAFVWLIHcOk8y19Pqlr3hlngHm"
      "2bLXc5DHyVq8FsqBvNR_yNfPsIfmMJbcNBml0HO6neov1Ipn-zq9EfVG65bUe1Gq-oXfC-c_6eKMp5A2JrkhWJocdIUk5ujnPEBpHR9mJNS4"
      "YjxjiN-GxENQY8SHZw");
  const std::string signature = *Base64UrlDecode(
      "l87HqJJHgu_tXTH3El70i6yHWqK7KcXb1Hia0LpImzUON8up7LmTDV8f6_h-wch-YhN_qyuWxVQCjOUQCBl-Q_XiHY3jnG16U3KG_XKPBRWC"
      "6NSbMsJchAHKBMjwmP1sIEkjbMWSSBXHhU6pEXePnYerBG-onKVC5IFoXKHaaf00fEXt_Rg6TDT7qrkjiy9OevUUs636UvoBga-0Bn2NFxMV"
      "qetn5wk8nR4zNBslvHTJbJIf27f7NFGSLMZNpBBbIF8Qux2nMR1cD8nvNmV36ag315u8oGbAZIKuS2oN9bdV8y1Xqb9ohObD2OmcSOGk_CCT"
      "VIWwSIOiFguvCDrjPA");
  const std::string exponent("\x01\x00\x01", 3);
  EXPECT_TRUE(Rs256Verify(modulus, exponent, "header.claims", signature));
  EXPECT_FALSE(Rs256Verify(modulus, exponent, "header.claimz", signature));
}

TEST(JwsTest, RefusesSmallRsaKeys) {
  EXPECT_FALSE(Rs256Verify(std::string(128, '\xff'), std::string("\x01\x00\x01", 3), "m", std::string(128, '\1')));
}

}  // namespace
}  // namespace hearth
