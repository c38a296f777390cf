#include "controller/api/query/query_input.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

TEST(QueryInputTest, ReadsDecodedParameters) {
  const QueryInput input = *QueryInput::Read("Action=GetRole&RoleName=a%2Bb+c&Empty=&MaxItems=12");
  EXPECT_EQ(*input.Find("RoleName"), "a+b c");
  EXPECT_EQ(*input.Find("Empty"), "");
  EXPECT_EQ(input.Find("Other"), nullptr);
  EXPECT_EQ(input.Integer("MaxItems"), 12);
  EXPECT_EQ(input.Integer("RoleName"), std::nullopt);
}

TEST(QueryInputTest, ReadsListsUpToTheFirstGap) {
  const QueryInput input = *QueryInput::Read("K.member.1=a&K.member.2=b&K.member.4=d");
  EXPECT_EQ(input.List("K"), (std::vector<std::string>{"a", "b"}));
}

TEST(QueryInputTest, ReadsListsOfStructures) {
  const QueryInput input = *QueryInput::Read("Tags.member.1.Key=a&Tags.member.1.Value=1&Tags.member.2.Key=b");
  EXPECT_EQ(input.ListSize("Tags"), 2u);
  EXPECT_EQ(*input.InList("Tags", 1, "Value"), "1");
  EXPECT_EQ(input.InList("Tags", 2, "Value"), nullptr);
}

TEST(QueryInputTest, RefusesWhatIsNoUtf8) {
  EXPECT_TRUE(absl::IsInvalidArgument(QueryInput::Read("Action=x&DisplayName=%FF").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(QueryInput::Read("Action=x&%C3=1").status()));
  EXPECT_TRUE(QueryInput::Read("Action=x&DisplayName=%C3%BC").ok());
}

TEST(QueryInputTest, RefusesTooManyParameters) {
  std::string form;
  for (size_t i = 0; i <= QueryInput::kMaxParameters; ++i) form += "a" + std::to_string(i) + "=1&";
  EXPECT_FALSE(QueryInput::Read(form).ok());
}

}  // namespace
}  // namespace hearth::controller
