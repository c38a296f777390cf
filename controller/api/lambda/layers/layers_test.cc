#include "controller/api/lambda/layers/layers.h"

#include "controller/api/lambda/layers/layers_test_support.h"

namespace hearth::controller {
namespace {

TEST_F(LayersTest, ShowsANewVersionWithItsPackage) {
  const Answer answer = Publish("lib", {{"CompatibleRuntimes", Names({"python3.11"})}, {"LicenseInfo", "MIT"}});
  EXPECT_EQ(answer.status, 201) << answer.raw;
  EXPECT_EQ(Text(answer.body, "LayerArn"), kLayerArnText);
  EXPECT_EQ(Text(answer.body, "LayerVersionArn"), std::string(kLayerArnText) + ":1");
  EXPECT_EQ(answer.body.Find("Version")->as_integer(), 1);
  EXPECT_EQ(Text(answer.body, "Description"), "");
  EXPECT_EQ(Text(answer.body, "LicenseInfo"), "MIT");
  EXPECT_EQ(answer.body.Find("CompatibleRuntimes")->Dump(), R"(["python3.11"])");
  EXPECT_EQ(answer.body.Find("CompatibleArchitectures"), nullptr);
  const Json& content = *answer.body.Find("Content");
  EXPECT_EQ(Text(content, "CodeSha256"), Base64Encode(Sha256("PK layer")));
  EXPECT_EQ(content.Find("CodeSize")->as_integer(), 8);
  EXPECT_TRUE(Text(content, "Location").starts_with("http://localhost:9000/_hearth/code/"));
}

TEST_F(LayersTest, ReadsAVersionByNameAndByArn) {
  Publish();
  EXPECT_EQ(GetVersion("lib", "1").status, 200);
  EXPECT_EQ(GetVersion(kLayerArnText, "1").status, 200);
  ApiCall by_arn = Call();
  by_arn.query["Arn"] = std::string(kLayerArnText) + ":1";
  EXPECT_EQ(Text(Read(layers_api_.GetByArn(by_arn)).body, "LayerVersionArn"), std::string(kLayerArnText) + ":1");
}

TEST_F(LayersTest, SaysThatAnAbsentVersionDoesNotExist) {
  Publish();
  const Answer answer = GetVersion("lib", "2");
  EXPECT_EQ(answer.error, "ResourceNotFoundException");
  EXPECT_EQ(answer.text, "The resource you requested does not exist.");
}

TEST_F(LayersTest, RefusesAVersionBelowOne) {
  for (const Answer& answer : {GetVersion("lib", "0"), DeleteVersion("-1")}) {
    EXPECT_EQ(answer.error, "InvalidParameterValueException");
    EXPECT_EQ(answer.text, "Layer Version Cannot be less than 1");
  }
}

TEST_F(LayersTest, DeletesAVersionOnceOrAgain) {
  Publish();
  EXPECT_EQ(DeleteVersion("1").status, 204);
  EXPECT_EQ(DeleteVersion("1").status, 204);
  EXPECT_EQ(GetVersion("lib", "1").status, 404);
  EXPECT_EQ(Publish().body.Find("Version")->as_integer(), 2);
}

TEST_F(LayersTest, NamesEveryConstraintAVersionBreaks) {
  const Answer answer =
      Publish("lib", {{"CompatibleRuntimes", Names({"runtime1"})}, {"CompatibleArchitectures", Names({"arch1"})}});
  EXPECT_EQ(answer.error, "ValidationException");
  EXPECT_TRUE(
      answer.text.starts_with("2 validation errors detected: Value '[runtime1]' at 'compatibleRuntimes' failed "
                              "to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, "))
      << answer.text;
  EXPECT_TRUE(answer.text.ends_with(
      "; Value '[arch1]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: "
      "[Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"))
      << answer.text;
}

TEST_F(LayersTest, RefusesPackagesInABucket) {
  const Answer answer = Publish("lib", {{"Content", Json(Json::Object{{"S3Bucket", "b"}, {"S3Key", "k"}})}});
  EXPECT_EQ(answer.error, "InvalidParameterValueException");
  EXPECT_EQ(answer.text, "S3Bucket is not supported by Hearth: upload the package as ZipFile");
}

TEST_F(LayersTest, RefusesAHostilePackage) {
  inspection_ = absl::InvalidArgumentError("Could not unzip uploaded file.");
  EXPECT_EQ(Publish().error, "InvalidParameterValueException");
}

TEST_F(LayersTest, KeepsOtherAccountsOut) {
  Publish();
  ApiCall call = CallFor(kLayerArnText, "1");
  call.caller = RootIdentity("111111111111", "AKIAOTHER");
  const Answer read = Read(layers_api_.Get(call));
  EXPECT_EQ(read.error, "AccessDeniedException");
  EXPECT_EQ(read.text,
            "User: arn:aws:iam::111111111111:root is not authorized to perform: lambda:GetLayerVersion on resource: "
            "arn:aws:lambda:eu-west-1:000000000000:layer:lib:1 because no resource-based policy allows the "
            "lambda:GetLayerVersion action");
  EXPECT_EQ(Read(layers_api_.Delete(call)).error, "AccessDeniedException");
  EXPECT_EQ(GetVersion("lib", "1").status, 200);
}

}  // namespace
}  // namespace hearth::controller
