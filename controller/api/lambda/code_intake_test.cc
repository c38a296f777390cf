#include "controller/api/lambda/code_intake.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class CodeIntakeTest : public LambdaTest {
 protected:
  std::string Failure(const char* code) {
    const absl::Status status = code_.Read(*Json::Parse(code)).status();
    return status.ok() ? "accepted" : std::string(status.message());
  }
};

TEST_F(CodeIntakeTest, NamesThePackageByItsBytesAsUploaded) {
  const auto uploaded = code_.Read(Json(Json::Object{{"ZipFile", Base64Encode("PK zip")}}));
  ASSERT_TRUE(uploaded.ok());
  EXPECT_EQ(uploaded->sha256_hex, Sha256Hex("PK zip"));
  EXPECT_EQ(uploaded->unzipped_bytes, 10);
}

TEST_F(CodeIntakeTest, WantsASource) {
  EXPECT_EQ(Failure("{}"), "Please provide a source for function code.");
  EXPECT_EQ(Failure(R"({"ZipFile":null})"), "Please provide a source for function code.");
}

TEST_F(CodeIntakeTest, RefusesWhatIsNoBase64OrEmpty) {
  EXPECT_EQ(Failure(R"({"ZipFile":"*"})"), "ZipFile is not valid base64");
  EXPECT_EQ(Failure(R"({"ZipFile":""})"), "Uploaded file must be a non-empty zip");
}

TEST_F(CodeIntakeTest, PassesOnWhatTheInspectorSaysToTheClient) {
  inspection_ = absl::InvalidArgumentError("Could not unzip uploaded file.");
  EXPECT_EQ(AwsErrorShape(code_.Read(*Json::Parse(R"({"ZipFile":"UEs="})")).status()),
            "InvalidParameterValueException");
  inspection_ = absl::InternalError("the helper cannot run");
  EXPECT_EQ(AwsErrorShape(code_.Read(*Json::Parse(R"({"ZipFile":"UEs="})")).status()), std::nullopt);
}

TEST_F(CodeIntakeTest, KeepsAPackageTwoFunctionsShareOnce) {
  Create();
  Create({{"FunctionName", "twin"}});
  EXPECT_EQ(database_->Scan("code/", "", 10)->size(), 1u);
}

}  // namespace
}  // namespace hearth::controller
