// Code signing on an in-memory database, with one publisher the installation knows.
#pragma once

#include <string>

#include "controller/api/lambda/code_signing/code_signing_configs.h"
#include "controller/api/lambda/code_signing/function_code_signing.h"
#include "controller/api/lambda/lambda_test_support.h"
#include "controller/artifacts/signed_package_test_support.h"

namespace hearth::controller {

class CodeSigningTest : public LambdaTest {
 protected:
  CodeSigningTest() { profiles_ = *SigningProfiles::Parse(ProfileLine(kOurs)); }

  static std::string Zip(const std::string& content = "code") { return UnsignedPackage(content); }
  static std::string Signed(const std::string& profile = kOurs) { return SignedPackage("code", profile); }
  static Json ConfigBody(const char* policy = "Enforce") {
    return Json(
        Json::Object{{"AllowedPublishers", Json(Json::Object{{"SigningProfileVersionArns", Json(Json::Array{kOurs})}})},
                     {"CodeSigningPolicies", Json(Json::Object{{"UntrustedArtifactOnDeployment", policy}})}});
  }
  // Answers the ARN.
  std::string CreateConfig(const char* policy = "Enforce") {
    const Answer answer = Read(configs_api_.Create(Call(ConfigBody(policy))));
    EXPECT_EQ(answer.status, 201) << answer.raw;
    return answer.body.Find("CodeSigningConfig")->Find("CodeSigningConfigArn")->as_string();
  }
  ApiCall ForConfig(const std::string& arn, Json body = Json(Json::Object())) const {
    ApiCall call = Call(std::move(body));
    call.labels["CodeSigningConfigArn"] = arn;
    return call;
  }
  static Json Code(const std::string& zip) { return Json(Json::Object{{"ZipFile", Base64Encode(zip)}}); }
  Answer CreateSigned(const std::string& config, const std::string& zip) {
    return Create({{"CodeSigningConfigArn", config}, {"Code", Code(zip)}});
  }

  static constexpr char kOurs[] = "arn:aws:signer:eu-west-1:000000000000:/signing-profiles/ours/abcdef0123";
  static constexpr char kTheirs[] = "arn:aws:signer:eu-west-1:000000000000:/signing-profiles/theirs/abcdef0123";
  static constexpr char kNoConfig[] = "arn:aws:lambda:eu-west-1:000000000000:code-signing-config:csc-00000000000000000";
  CodeSigningConfigsApi configs_api_{kTestRegion, code_signing_store_, *functions_, clock_, random_};
  FunctionCodeSigningApi function_signing_api_{kTestRegion, *functions_, trust_};
};

}  // namespace hearth::controller
