#include "controller/api/lambda/unsupported_settings.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class UnsupportedSettingsTest : public LambdaTest {};

TEST_F(UnsupportedSettingsTest, AcceptsMembersThatSayNothing) {
  const Answer answer = Create({{"VpcConfig", *Json::Parse(R"({"SubnetIds":[],"SecurityGroupIds":[]})")},
                                {"DeadLetterConfig", Json(Json::Object())},
                                {"KMSKeyArn", ""},
                                {"TracingConfig", *Json::Parse(R"({"Mode":"PassThrough"})")},
                                {"SnapStart", *Json::Parse(R"({"ApplyOn":"None"})")},
                                {"Publish", false},
                                {"PackageType", "Zip"},
                                {"SomethingOfTheFuture", Json(nullptr)}});
  EXPECT_EQ(answer.status, 201) << answer.text;
}

class RefusedMemberTest : public LambdaTest, public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(RefusedMemberTest, IsNamedInTheRefusal) {
  const auto& [member, value] = GetParam();
  const Answer answer = Create({{member, *Json::Parse(value)}});
  EXPECT_EQ(answer.error, "InvalidParameterValueException");
  EXPECT_NE(answer.text.find(member), std::string::npos) << answer.text;
  EXPECT_FALSE(functions_->Get({kTestAccount, "hello"}).ok());
}

INSTANTIATE_TEST_SUITE_P(
    Members, RefusedMemberTest,
    testing::Values(std::pair{"VpcConfig", R"({"SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"]})"},
                    std::pair{"DeadLetterConfig", R"({"TargetArn":"arn:aws:sns:eu-west-1:000000000000:t"})"},
                    std::pair{"TracingConfig", R"({"Mode":"Active"})"},
                    std::pair{"FileSystemConfigs", R"([{"Arn":"a","LocalMountPath":"/mnt/a"}])"},
                    std::pair{"ImageConfig", R"({"Command":["a"]})"}, std::pair{"PackageType", R"("Image")"},
                    std::pair{"PublishTo", R"("LATEST_PUBLISHED")"},
                    std::pair{"TenancyConfig", R"({"TenantIsolationMode":"PER_TENANT"})"},
                    std::pair{"DurableConfig", R"({"ExecutionTimeout":60})"},
                    std::pair{"Architectures", R"(["arm64"])"}));

TEST_F(UnsupportedSettingsTest, RefusesCodeFromS3ByName) {
  const Answer answer = Create({{"Code", *Json::Parse(R"({"S3Bucket":"bucket","S3Key":"key"})")}});
  EXPECT_EQ(answer.error, "InvalidParameterValueException");
  EXPECT_NE(answer.text.find("S3Bucket"), std::string::npos);
}

TEST_F(UnsupportedSettingsTest, RefusesEveryOtherOriginOfCodeBesideAZipFile) {
  for (const char* member :
       {"S3Bucket", "S3Key", "S3ObjectVersion", "S3ObjectStorageMode", "SourceKMSKeyArn", "ImageUri"}) {
    Json code(Json::Object{{"ZipFile", Base64Encode("PK zip one")}, {member, "somewhere"}});
    const Answer answer = Create({{"Code", code}});
    EXPECT_EQ(answer.error, "InvalidParameterValueException") << member;
    EXPECT_NE(answer.text.find(member), std::string::npos) << answer.text;
  }
  EXPECT_FALSE(functions_->Get({kTestAccount, "hello"}).ok());
}

TEST_F(UnsupportedSettingsTest, RefusesTheSameMembersInAnUpdate) {
  CreateActive();
  const Answer answer = UpdateConfiguration(*Json::Parse(R"({"TracingConfig":{"Mode":"Active"}})"));
  EXPECT_EQ(answer.error, "InvalidParameterValueException");
  EXPECT_NE(answer.text.find("TracingConfig"), std::string::npos);
}

TEST_F(UnsupportedSettingsTest, RefusesToPublishForACapacityProvider) {
  CreateActive();
  EXPECT_EQ(UpdateCode(*Json::Parse(R"({"ZipFile":"UEs=","PublishTo":"LATEST_PUBLISHED"})")).error,
            "InvalidParameterValueException");
}

TEST_F(UnsupportedSettingsTest, NamesNonsenseAsNonsenseFirst) {
  EXPECT_EQ(Create({{"TracingConfig", *Json::Parse(R"({"Mode":"Sometimes"})")}}).error, "ValidationException");
  EXPECT_EQ(Create({{"PackageType", "Tar"}}).error, "ValidationException");
}

}  // namespace
}  // namespace hearth::controller
