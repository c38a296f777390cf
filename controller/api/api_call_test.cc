#include "controller/api/api_call.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(ApiCallTest, TellsAnEmptyParameterFromAnAbsentOne) {
  ApiCall call;
  call.query["Qualifier"] = "";
  ASSERT_NE(call.Query("Qualifier"), nullptr);
  EXPECT_EQ(*call.Query("Qualifier"), "");
  EXPECT_EQ(call.Query("Marker"), nullptr);
}

TEST(ApiCallTest, ListsARepeatedParameterInTheOrderOfTheRequest) {
  ApiCall call;
  call.repeated_query = {{"tagKeys", "b"}, {"Marker", "m"}, {"tagKeys", "a"}};
  EXPECT_EQ(call.QueryList("tagKeys"), (std::vector<std::string>{"b", "a"}));
  EXPECT_TRUE(call.QueryList("absent").empty());
}

TEST(ApiCallTest, HasAnEmptyLabelWhereThePathHasNone) {
  ApiCall call;
  call.labels["FunctionName"] = "hello";
  EXPECT_EQ(call.Label("FunctionName"), "hello");
  EXPECT_EQ(call.Label("Name"), "");
}

}  // namespace
}  // namespace hearth::controller
