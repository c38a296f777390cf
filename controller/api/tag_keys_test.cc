#include "controller/api/tag_keys.h"

#include <gmock/gmock.h>

namespace hearth::controller {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class OneKey final : public ConditionKeys {
 public:
  void Find(std::string_view key, ConditionValues& values) const override {
    if (key == "aws:useragent") values.push_back("me");
  }
};

TEST(TagKeysTest, AreTheTagsGivenTheKeysNamedAndWhatOthersKnow) {
  const OneKey others;
  const TagKeys keys({{"Team", "red"}, {"stage", "prod"}}, {"old"}, others);
  const auto find = [&](std::string_view key) {
    ConditionValues values;
    keys.Find(key, values);
    return std::vector<std::string>(values.begin(), values.end());
  };
  EXPECT_THAT(find("aws:tagkeys"), ElementsAre("Team", "stage", "old"));
  EXPECT_THAT(find("aws:requesttag/team"), ElementsAre("red"));
  EXPECT_THAT(find("aws:requesttag/old"), IsEmpty());
  EXPECT_THAT(find("aws:useragent"), ElementsAre("me"));
}

}  // namespace
}  // namespace hearth::controller
