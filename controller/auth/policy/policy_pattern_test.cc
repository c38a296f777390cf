#include "controller/auth/policy/policy_pattern.h"

#include <gtest/gtest.h>

#include "controller/auth/policy/policy_test_support.h"

namespace hearth::controller {
namespace {

using Form = PolicyPattern::Form;

bool Matches(Form form, std::string_view pattern, std::string_view text) {
  return PolicyPattern::Compile(pattern, {.form = form})->Matches(text, WrittenKeys());
}

bool MatchesWith(std::string_view pattern, std::string_view text, const WrittenKeys& keys) {
  return PolicyPattern::Compile(pattern, {.form = Form::kGlob, .variables = true})->Matches(text, keys);
}

TEST(PolicyPatternTest, TakesWildcardsLiterallyWithoutAForm) {
  EXPECT_TRUE(Matches(Form::kLiteral, "a*", "a*"));
  EXPECT_FALSE(Matches(Form::kLiteral, "a*", "ab"));
}

TEST(PolicyPatternTest, MatchesGlobs) {
  EXPECT_TRUE(Matches(Form::kGlob, "*", ""));
  EXPECT_TRUE(Matches(Form::kGlob, "a*b*c", "a:b:b:c"));
  EXPECT_TRUE(Matches(Form::kGlob, "*aab", "aaaab"));
  EXPECT_TRUE(Matches(Form::kGlob, "?b", "ab"));
  EXPECT_FALSE(Matches(Form::kGlob, "?b", "b"));
  EXPECT_FALSE(Matches(Form::kGlob, "a*c", "ab"));
  EXPECT_FALSE(Matches(Form::kGlob, "", "a"));
}

TEST(PolicyPatternTest, LetsOnlyAStarThatEndsAPartOfAResourceCrossColons) {
  EXPECT_TRUE(Matches(Form::kResource, "arn:aws:lambda:*", "arn:aws:lambda:eu-west-1:1:function:f:prod"));
  EXPECT_TRUE(Matches(Form::kResource, "arn:aws:lambda:*:*:function:f*", "arn:aws:lambda:r:1:function:f-x:prod"));
  EXPECT_TRUE(Matches(Form::kResource, "arn:*:f*x", "arn:aws:lambda:r:1:function:f-x"));
  EXPECT_FALSE(Matches(Form::kResource, "arn:aws:lambda:r:1:function:f*d", "arn:aws:lambda:r:1:function:f:prod"));
  EXPECT_FALSE(Matches(Form::kResource, "a?b", "a:b"));
  EXPECT_TRUE(Matches(Form::kResource, "a*x:b*y", "a-x-x:b-y-y"));
}

TEST(PolicyPatternTest, ComparesArnsPartByPart) {
  EXPECT_TRUE(Matches(Form::kArn, "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a:b"));
  EXPECT_TRUE(Matches(Form::kArn, "arn:aws:*:*:*:*", "arn:aws:events:r:1:rule/x"));
  EXPECT_TRUE(Matches(Form::kArn, "*", "arn:aws:events:r:1:rule/x"));
  EXPECT_FALSE(Matches(Form::kArn, "arn:aws:*:rule/x", "arn:aws:events:r:1:rule/x"));
  EXPECT_FALSE(Matches(Form::kArn, "arn:aws:s3:::bucket", "arn:aws:s3::1:bucket"));
  EXPECT_FALSE(Matches(Form::kArn, "arn:aws:s3:::bucket", "bucket"));
}

TEST(PolicyPatternTest, PutsInWhatVariablesStandForAsLiteralText) {
  const WrittenKeys keys{{"aws:username", {"a*"}}};
  EXPECT_TRUE(MatchesWith("home/${aws:UserName}/*", "home/a*/x", keys));
  EXPECT_FALSE(MatchesWith("home/${aws:username}/*", "home/ab/x", keys));
}

TEST(PolicyPatternTest, MatchesNothingWhenAVariableHasNoOneValue) {
  EXPECT_FALSE(MatchesWith("*${aws:username}", "x", WrittenKeys()));
  EXPECT_FALSE(MatchesWith("*${aws:tagkeys}", "a", WrittenKeys{{"aws:tagkeys", {"a", "b"}}}));
}

TEST(PolicyPatternTest, TakesTheDefaultOfAVariableThatIsAbsent) {
  EXPECT_TRUE(MatchesWith("t/${aws:PrincipalTag/team, 'all of us'}", "t/all of us", WrittenKeys()));
  EXPECT_TRUE(MatchesWith("t/${aws:PrincipalTag/team,'all'}", "t/x", WrittenKeys{{"aws:principaltag/team", {"x"}}}));
}

TEST(PolicyPatternTest, WritesWildcardsAsThemselves) {
  EXPECT_TRUE(MatchesWith("${*}${?}${$}", "*?$", WrittenKeys()));
  EXPECT_FALSE(MatchesWith("${*}", "a", WrittenKeys()));
}

TEST(PolicyPatternTest, IgnoresTheCaseOfBothSidesWhenAsked) {
  const auto pattern = PolicyPattern::Compile("Lambda:Invoke*", {.form = Form::kGlob, .ignore_case = true});
  EXPECT_TRUE(pattern->Matches("LAMBDA:invokeFunction", WrittenKeys()));
}

TEST(PolicyPatternTest, TakesQuadraticTimeAtWorst) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(Matches(Form::kGlob, pattern + "b", std::string(2000, 'a')));
  EXPECT_FALSE(Matches(Form::kResource, pattern + "b", std::string(2000, 'a')));
}

}  // namespace
}  // namespace hearth::controller
