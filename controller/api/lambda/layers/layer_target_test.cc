#include "controller/api/lambda/layers/layer_target.h"

#include <gtest/gtest.h>

#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

ApiCall For(const std::string& layer, const std::string& version = "1") {
  ApiCall call;
  call.caller = RootIdentity("000000000000", "AKIA");
  call.labels["LayerName"] = layer;
  call.labels["VersionNumber"] = version;
  return call;
}

TEST(LayerTargetTest, ABareNameIsTheCallersOwn) {
  const absl::StatusOr<LayerVersionId> id = ReadOwnLayer(For("lib"), "eu-west-1");
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(id->account, "000000000000");
}

TEST(LayerTargetTest, OnlyTheOwnerMayChangeALayer) {
  const ApiCall call = For("arn:aws:lambda:eu-west-1:111111111111:layer:lib");
  EXPECT_EQ(ReadLayer(call, "eu-west-1")->account, "111111111111");
  EXPECT_EQ(AwsErrorShape(ReadOwnLayer(call, "eu-west-1").status()), "AccessDeniedException");
}

TEST(LayerTargetTest, ALayerOfAnotherRegionIsNotHere) {
  const ApiCall call = For("arn:aws:lambda:us-east-1:000000000000:layer:lib");
  EXPECT_EQ(AwsErrorShape(ReadLayer(call, "eu-west-1").status()), "ResourceNotFoundException");
}

TEST(LayerTargetTest, AVersionIsANumberFromOne) {
  LayerVersionId id;
  EXPECT_TRUE(ReadVersionNumber(For("lib", "12"), id).ok());
  EXPECT_EQ(id.version, 12);
  EXPECT_EQ(AwsErrorShape(ReadVersionNumber(For("lib", "0"), id)), "InvalidParameterValueException");
  EXPECT_EQ(AwsErrorShape(ReadVersionNumber(For("lib", "one"), id)), "SerializationException");
}

TEST(LayerTargetTest, ANameThatIsNoneIsNamed) {
  Validation validation;
  ValidateLayerName(For("a.b"), validation);
  EXPECT_EQ(AwsErrorShape(validation.Result()), "ValidationException");
}

}  // namespace
}  // namespace hearth::controller
