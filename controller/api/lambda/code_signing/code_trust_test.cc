#include "controller/api/lambda/code_signing/code_trust.h"

#include "controller/api/lambda/code_signing/code_signing_test_support.h"

namespace hearth::controller {
namespace {

class CodeTrustTest : public CodeSigningTest {
 protected:
  records::Function With(const std::string& config) const {
    records::Function function;
    function.mutable_latest()->set_account(kTestAccount);
    function.mutable_latest()->set_name("hello");
    function.set_code_signing_config_arn(config);
    return function;
  }
  std::string Judge(const std::string& config, const std::string& zip) const {
    const absl::Status status = trust_.CheckCode(With(config), zip);
    return status.ok() ? "deployed" : AwsErrorShape(status).value_or("ours");
  }
  std::string Changed() const {
    std::string zip = Signed();
    zip[0] ^= 1;
    return zip;
  }
};

TEST_F(CodeTrustTest, TakesEverythingWithoutAConfiguration) {
  EXPECT_EQ(Judge("", Zip()), "deployed");
  EXPECT_EQ(Judge("", Changed()), "deployed");
}

TEST_F(CodeTrustTest, EnforcesWhatTheConfigurationAllows) {
  const std::string config = CreateConfig("Enforce");
  EXPECT_EQ(Judge(config, Signed()), "deployed");
  EXPECT_EQ(Judge(config, Zip()), "CodeVerificationFailedException");
  EXPECT_EQ(Judge(config, Signed(kTheirs)), "CodeVerificationFailedException");
  EXPECT_EQ(Judge(config, Changed()), "InvalidCodeSignatureException");
}

TEST_F(CodeTrustTest, WarnsOfTheUntrustedButNeverTakesTheChanged) {
  const std::string config = CreateConfig("Warn");
  EXPECT_EQ(Judge(config, Zip()), "deployed");
  EXPECT_EQ(Judge(config, Changed()), "InvalidCodeSignatureException");
}

TEST_F(CodeTrustTest, DoesNotTrustAKnownPublisherThatIsNotAllowed) {
  profiles_ = *SigningProfiles::Parse(ProfileLine(kTheirs));
  EXPECT_EQ(trust_.SignerOf(Signed(kTheirs)), kTheirs);
  EXPECT_EQ(Judge(CreateConfig(), Signed(kTheirs)), "CodeVerificationFailedException");
}

TEST_F(CodeTrustTest, DeploysNothingUnderAConfigurationThatIsGone) {
  EXPECT_EQ(Judge(kNoConfig, Signed()), "CodeSigningConfigNotFoundException");
}

TEST_F(CodeTrustTest, JudgesLayersToo) {
  records::Function function = With(CreateConfig());
  function.mutable_latest()->add_layers()->set_code_sha256_hex(code_store_.Put(Signed()).value());
  EXPECT_TRUE(trust_.CheckLayers(function).ok());
  function.mutable_latest()->add_layers()->set_code_sha256_hex(code_store_.Put(Zip()).value());
  EXPECT_EQ(AwsErrorShape(trust_.CheckLayers(function)), "CodeVerificationFailedException");
}

TEST_F(CodeTrustTest, JudgesADeploymentBeforeAnythingIsKept) {
  const std::string config = CreateConfig();
  EXPECT_EQ(CreateSigned(config, Zip()).error, "CodeVerificationFailedException");
  EXPECT_FALSE(functions_->Get({kTestAccount, "hello"}).ok());
  const Answer created = CreateSigned(config, Signed());
  EXPECT_EQ(created.status, 201) << created.raw;
  EXPECT_EQ(created.body.Find("SigningProfileVersionArn")->as_string(), kOurs);
  ASSERT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok());
  EXPECT_EQ(UpdateCode(Code(Zip("other"))).error, "CodeVerificationFailedException");
  EXPECT_EQ(UpdateCode(Code(Signed())).status, 200);
}

TEST_F(CodeTrustTest, JudgesTheLayersOfAnUpdate) {
  ASSERT_EQ(CreateSigned(CreateConfig(), Signed()).status, 201);
  ASSERT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok());
  ApiCall publish = Call(Json(Json::Object{{"Content", Code(Zip("layer"))}}));
  publish.labels["LayerName"] = "lib";
  const std::string layer = Read(layers_api_.Publish(publish)).body.Find("LayerVersionArn")->as_string();
  EXPECT_EQ(UpdateConfiguration(Json(Json::Object{{"Layers", Json(Json::Array{layer})}})).error,
            "CodeVerificationFailedException");
}

}  // namespace
}  // namespace hearth::controller
