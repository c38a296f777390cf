#include "controller/api/lambda/layers/layer_name.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

constexpr char kArn[] = "arn:aws:lambda:eu-west-1:000000000000:layer:my-lib_2";

TEST(LayerNameTest, ReadsABareName) {
  const std::optional<LayerName> name = LayerName::Parse("my-lib_2");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->name, "my-lib_2");
  EXPECT_EQ(name->account, "");
}

TEST(LayerNameTest, ReadsAnArn) {
  const std::optional<LayerName> name = LayerName::Parse(kArn);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->region, "eu-west-1");
  EXPECT_EQ(name->account, "000000000000");
  EXPECT_EQ(name->name, "my-lib_2");
}

TEST(LayerNameTest, ReadsAVersionsArn) {
  const std::optional<LayerName> name = LayerName::ParseVersionArn(std::string(kArn) + ":17");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->name, "my-lib_2");
  EXPECT_EQ(name->version, 17);
}

TEST(LayerNameTest, TellsNamesFromVersions) {
  EXPECT_FALSE(LayerName::Parse(std::string(kArn) + ":17"));
  EXPECT_FALSE(LayerName::ParseVersionArn(kArn));
  EXPECT_FALSE(LayerName::ParseVersionArn(std::string(kArn) + ":"));
  EXPECT_FALSE(LayerName::ParseVersionArn(std::string(kArn) + ":1:2"));
}

TEST(LayerNameTest, RefusesWhatIsNoLayer) {
  for (const char* text :
       {"", "a.b", "a/b", "arn:aws:lambda:eu-west-1:000000000000:function:x",
        "arn:aws:s3:eu-west-1:000000000000:layer:x", "arn:aws:lambda:eu-west-1:1:layer:x",
        "arn:aws:lambda:nowhere:000000000000:layer:x", "arn:aws:lambda:eu-west-1:000000000000:layer:"}) {
    EXPECT_FALSE(LayerName::Parse(text)) << text;
  }
}

TEST(LayerNameTest, KnowsTheFormOfAwssOwnLayers) {
  const std::optional<LayerName> name = LayerName::ParseVersionArn("arn:aws:lambda:::awslayer:AmazonLinux1803");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->name, "");
}

TEST(LayerNameTest, ANumberNoVersionCanHaveIsNone) {
  EXPECT_EQ(LayerName::ParseVersionArn(std::string(kArn) + ":99999999999999999999999")->version, 0);
}

TEST(LayerNameTest, WritesWhatItReads) {
  EXPECT_EQ(LayerArn("eu-west-1", "000000000000", "my-lib_2"), kArn);
  EXPECT_EQ(LayerVersionArn("eu-west-1", {"000000000000", "my-lib_2", 3}), std::string(kArn) + ":3");
}

}  // namespace
}  // namespace hearth::controller
