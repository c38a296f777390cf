// ListLayers and ListLayerVersions of LayersApi.
#include "controller/api/lambda/layers/layers_test_support.h"
#include "controller/api/lambda/paging.h"

namespace hearth::controller {
namespace {

class ListLayersTest : public LayersTest {};

TEST_F(ListLayersTest, PagesThroughVersionsNewestFirst) {
  for (int i = 0; i < 3; ++i) Publish();
  const Answer first = ListVersions({{"MaxItems", "2"}});
  EXPECT_EQ(Numbers(first), (std::vector<int64_t>{3, 2}));
  const Answer rest = ListVersions({{"MaxItems", "2"}, {"Marker", Text(first.body, "NextMarker")}});
  EXPECT_EQ(Numbers(rest), std::vector<int64_t>{1});
  EXPECT_EQ(rest.body.Find("NextMarker"), nullptr);
}

TEST_F(ListLayersTest, ListsByRuntimeAndArchitecture) {
  Publish("lib", {{"CompatibleRuntimes", Names({"python3.11"})}, {"CompatibleArchitectures", Names({"arm64"})}});
  Publish("lib", {{"CompatibleRuntimes", Names({"nodejs20.x"})}});
  EXPECT_EQ(Numbers(ListVersions({{"CompatibleRuntime", "python3.11"}})), std::vector<int64_t>{1});
  EXPECT_EQ(Numbers(ListVersions({{"CompatibleArchitecture", "arm64"}})), std::vector<int64_t>{1});
  EXPECT_TRUE(Numbers(ListVersions({{"CompatibleRuntime", "ruby3.4"}})).empty());
  const Answer layers = List({{"CompatibleRuntime", "python3.11"}});
  EXPECT_EQ(layers.body.Find("Layers")->as_array().at(0).Find("LatestMatchingVersion")->Find("Version")->as_integer(),
            1);
}

TEST_F(ListLayersTest, ListsLayersInPagesAndHidesThoseWithoutVersions) {
  for (const char* name : {"a", "b", "c"}) Publish(name);
  ASSERT_EQ(Read(layers_api_.Delete(CallFor("b", "1"))).status, 204);
  const Answer first = List({{"MaxItems", "1"}});
  const Answer second = List({{"MaxItems", "1"}, {"Marker", Text(first.body, "NextMarker")}});
  EXPECT_EQ(Text(first.body.Find("Layers")->as_array().at(0), "LayerName"), "a");
  EXPECT_EQ(Text(second.body.Find("Layers")->as_array().at(0), "LayerName"), "c");
  EXPECT_EQ(second.body.Find("NextMarker"), nullptr);
}

TEST_F(ListLayersTest, RefusesAMarkerOfSomebodyElse) {
  EXPECT_EQ(List({{"Marker", "bm9uc2Vuc2U="}}).error, "InvalidParameterValueException");
  EXPECT_EQ(ListVersions({{"Marker", MakeMarker("layer-versions", "x")}}).error, "InvalidParameterValueException");
  EXPECT_EQ(ListVersions({{"Marker", MakeMarker("layers", "7")}}).error, "InvalidParameterValueException");
  EXPECT_EQ(List({{"Marker", MakeMarker("layer-versions", "7")}}).error, "InvalidParameterValueException");
}

TEST_F(ListLayersTest, NamesTheFilterThatIsNone) {
  EXPECT_EQ(List({{"CompatibleArchitecture", "sparc"}}).text,
            "1 validation error detected: Value 'sparc' at 'compatibleArchitecture' failed to satisfy constraint: "
            "Member must satisfy enum value set: [x86_64, arm64]");
  EXPECT_EQ(List({{"CompatibleRuntime", "cobol"}}).error, "ValidationException");
  EXPECT_EQ(List({{"MaxItems", "51"}}).error, "ValidationException");
}

}  // namespace
}  // namespace hearth::controller
