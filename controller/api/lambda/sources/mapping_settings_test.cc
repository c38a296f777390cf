#include "controller/api/lambda/sources/mapping_settings.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(MappingSettingsTest, ReadsWhatIsGivenAndLeavesTheRest) {
  records::EventSource source;
  source.set_batch_size(10);
  source.set_enabled(true);
  const Json json = *Json::Parse(R"({"MaximumBatchingWindowInSeconds":5})");
  BodyReader body(json);
  Validation validation;
  ASSERT_TRUE(ReadMappingSettings(body, validation, source).ok());
  EXPECT_EQ(source.window_seconds(), 5);
  EXPECT_EQ(source.batch_size(), 10);
  EXPECT_TRUE(source.enabled());
}

TEST(MappingSettingsTest, RefusesSixFilters) {
  records::EventSource source;
  std::string filters;
  for (int i = 0; i < 6; ++i) filters += std::string(i == 0 ? "" : ",") + R"({"Pattern":"{\"body\":[\"a\"]}"})";
  const Json json = *Json::Parse(R"({"FilterCriteria":{"Filters":[)" + filters + "]}}");
  BodyReader body(json);
  Validation validation;
  EXPECT_FALSE(ReadMappingSettings(body, validation, source).ok());
}

TEST(MappingSettingsTest, LetsEmptySettingsPass) {
  EXPECT_TRUE(
      RefuseOtherSettings(*Json::Parse(R"({"DestinationConfig":{"OnFailure":{}},"KMSKeyArn":"","Topics":[]})")).ok());
  EXPECT_FALSE(RefuseOtherSettings(*Json::Parse(R"({"ParallelizationFactor":2})")).ok());
}

}  // namespace
}  // namespace hearth::controller
