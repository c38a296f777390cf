#include "controller/api/iam/iam_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kArn[] = "arn:aws:iam::000000000000:policy/p";
constexpr char kDocument[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:*","Resource":"*"}]})";

class IamPolicyTagsTest : public IamTest {
 protected:
  IamPolicyTagsTest() {
    EXPECT_NE(In(Do("CreatePolicy", {{"PolicyName", "p"}, {"PolicyDocument", kDocument}}), "Arn"), "");
  }
  std::string Tags() { return Do("ListPolicyTags", {{"PolicyArn", kArn}}); }
};

TEST_F(IamPolicyTagsTest, AreMergedListedAndTakenAway) {
  ASSERT_EQ(Do("TagPolicy", {{"PolicyArn", kArn},
                             {"Tags.member.1.Key", "team"},
                             {"Tags.member.1.Value", "red"},
                             {"Tags.member.2.Key", "stage"},
                             {"Tags.member.2.Value", "test"}}),
            "");
  ASSERT_EQ(Do("TagPolicy", {{"PolicyArn", kArn}, {"Tags.member.1.Key", "stage"}, {"Tags.member.1.Value", "prod"}}),
            "");
  EXPECT_EQ(In(Tags(), "Tags"),
            "<member><Key>stage</Key><Value>prod</Value></member><member><Key>team</Key><Value>red</Value></member>");
  ASSERT_EQ(Do("UntagPolicy", {{"PolicyArn", kArn}, {"TagKeys.member.1", "stage"}, {"TagKeys.member.2", "x"}}), "");
  EXPECT_EQ(In(Tags(), "Tags"), "<member><Key>team</Key><Value>red</Value></member>");
}

TEST_F(IamPolicyTagsTest, AreOfTheAccountsOwnPoliciesAlone) {
  EXPECT_TRUE(Do("TagPolicy", {{"PolicyArn", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"},
                               {"Tags.member.1.Key", "team"},
                               {"Tags.member.1.Value", "red"}})
                  .starts_with("AccessDenied"));
  EXPECT_TRUE(
      Do("ListPolicyTags", {{"PolicyArn", "arn:aws:iam::000000000000:policy/none"}}).starts_with("NoSuchEntity"));
}

}  // namespace
}  // namespace hearth::controller
