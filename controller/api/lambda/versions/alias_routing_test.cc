#include "controller/api/lambda/versions/alias_routing.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

TEST(ShowJavaDoubleTest, WritesNumbersAsJavaDoes) {
  for (const auto& [value, text] : std::vector<std::pair<double, std::string>>{{2, "2.0"},
                                                                               {0, "0.0"},
                                                                               {-0.5, "-0.5"},
                                                                               {0.001, "0.001"},
                                                                               {0.0001, "1.0E-4"},
                                                                               {1.25e-10, "1.25E-10"},
                                                                               {1234567, "1234567.0"},
                                                                               {1e7, "1.0E7"},
                                                                               {1.5e300, "1.5E300"},
                                                                               {5e-324, "5.0E-324"}}) {
    EXPECT_EQ(ShowJavaDouble(value), text);
  }
}

TEST(AliasRoutingTest, AnEmptyOneRemovesWhatWasThere) {
  records::Alias alias;
  ASSERT_TRUE(ApplyAliasRouting({{{"2", 0.5}}}, alias).ok());
  EXPECT_EQ(alias.additional_version(), "2");
  ASSERT_TRUE(ApplyAliasRouting({}, alias).ok());
  EXPECT_EQ(alias.additional_version(), "");
  EXPECT_EQ(alias.additional_weight(), 0);
}

TEST(AliasRoutingTest, HoldsOneAdditionalVersionAtMost) {
  records::Alias alias;
  EXPECT_EQ(ApplyAliasRouting({{{"2", 0.5}, {"3", 0.1}}}, alias).message(),
            "Number of items in AdditionalVersionWeights cannot be greater than 1");
}

TEST(AliasRoutingTest, BothVersionsRunAsTheSameRole) {
  records::FunctionVersion main, additional;
  main.set_role("a");
  additional.set_role("a");
  EXPECT_TRUE(CheckAlike(main, additional).ok());
  additional.set_role("b");
  EXPECT_EQ(AwsErrorShape(CheckAlike(main, additional)), "InvalidParameterValueException");
}

TEST(AliasRoutingTest, BothVersionsHaveTheSameDeadLetterQueueOrNone) {
  records::FunctionVersion main, additional;
  main.set_version("1");
  main.set_dead_letter_arn("arn:aws:sqs:us-east-1:000000000000:dead");
  additional.set_version("2");
  const absl::Status refused = CheckAlike(main, additional);
  EXPECT_EQ(AwsErrorShape(refused), "InvalidParameterValueException");
  EXPECT_EQ(refused.message(),
            "Versions 1 and 2 of the routing configuration must have the same dead-letter queue, or none.");
  EXPECT_FALSE(CheckAlike(additional, main).ok());
  additional.set_dead_letter_arn(main.dead_letter_arn());
  EXPECT_TRUE(CheckAlike(main, additional).ok());
}

}  // namespace
}  // namespace hearth::controller
